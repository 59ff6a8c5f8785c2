// SPDX-License-Identifier: Apache-2.0
#include "sources/simulated/companies.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "sources/simulated/random.h"

namespace tapewire::simulated {
namespace {

constexpr std::array<std::string_view, 40> kOnsets{
    "Ve", "Zo", "Qua", "Xi",  "Bra", "Tho", "Ny", "Ka",  "Wri", "Lu", "Mo", "Fe", "Gra", "Ji",
    "Os", "Pi", "Rho", "Sy",  "Ul",  "Ya",  "Ca", "Dre", "El",  "Hy", "Ix", "Ke", "Li",  "Ma",
    "No", "Or", "Pra", "Que", "Ri",  "Sta", "Te", "Vo",  "Wa",  "Xe", "Zy", "Am"};
constexpr std::array<std::string_view, 32> kMiddles{
    "lo",  "ra",  "ni",  "ve",   "tex", "mi",   "cor", "dan", "lu",  "per", "sol",
    "tri", "vex", "zan", "bel",  "don", "fi",   "gan", "hel", "jor", "kel", "lan",
    "mar", "nex", "pol", "quin", "ros", "sten", "tor", "um",  "vil", "wen"};
constexpr std::array<std::string_view, 16> kEndings{"ra",  "is",  "on", "ex", "ia", "um",
                                                    "or",  "ta",  "ix", "en", "al", "us",
                                                    "ana", "elo", "iq", "os"};
struct Sector {
  std::string_view name;
  std::array<std::string_view, 4> suffixes;
};
constexpr std::array<Sector, 8> kSectors{{
    {"technology", {"Systems", "Software", "Semiconductors", "Networks"}},
    {"health", {"Therapeutics", "Biosciences", "Medical", "Health"}},
    {"energy", {"Energy", "Petroleum", "Renewables", "Power"}},
    {"finance", {"Bancorp", "Capital", "Insurance", "Holdings"}},
    {"industry", {"Industries", "Aerospace", "Materials", "Logistics"}},
    {"retail", {"Stores", "Brands", "Foods", "Outfitters"}},
    {"media", {"Media", "Studios", "Interactive", "Communications"}},
    {"property", {"Properties", "Realty", "Trust", "Infrastructure"}},
}};

// Letters of the invented word, then more letters until it is free: VELORA -> VLRA, VLRB ...
Symbol free_ticker(std::string_view word, Random& random, std::set<std::string>& taken) {
  std::string base;
  for (const char c : word) {
    const char upper = static_cast<char>(c & ~0x20);
    const bool vowel = std::string_view("AEIOU").find(upper) != std::string_view::npos;
    if (base.size() < 3 && (base.empty() || !vowel)) base += upper;
  }
  while (base.size() < 3) base += static_cast<char>('A' + random.whole(0, 25));
  for (int attempt = 0;; ++attempt) {
    std::string ticker = base + static_cast<char>('A' + random.whole(0, 25));
    if (attempt > 6) ticker += static_cast<char>('A' + random.whole(0, 25));
    if (taken.insert(ticker).second) return Symbol(ticker);
  }
}

}  // namespace

std::vector<Company> invent_companies(std::uint64_t seed, std::size_t count) {
  std::vector<Company> out;
  out.reserve(count);
  std::set<std::string> tickers;
  std::set<std::string> names;
  Random random{seed, 1};
  while (out.size() < count) {
    Company company;
    std::string word;
    word += random.pick(kOnsets);
    word += random.pick(kMiddles);
    if (random.chance(0.7)) word += random.pick(kEndings);
    const Sector& sector = random.pick(kSectors);
    company.name = word + " " + std::string(random.pick(sector.suffixes));
    if (!names.insert(company.name).second) continue;
    company.symbol = free_ticker(word, random, tickers);
    company.sector = sector.name;
    company.first_price = std::clamp(std::exp(3.9 + 0.9 * random.normal()), 2.0, 900.0);
    company.beta = std::clamp(1.0 + 0.35 * random.normal(), 0.1, 2.4);
    company.daily_volatility = std::clamp(0.014 * std::exp(0.35 * random.normal()), 0.005, 0.06);
    company.daily_volume = std::exp(14.0 + 1.1 * random.normal());
    const bool quiet = random.chance(0.1);
    company.activity = quiet ? random.between(0.15, 0.75) : random.chance(0.3) ? 0.985 : 1.0;
    company.extended_activity = !quiet && random.chance(0.2) ? random.between(0.05, 0.3) : 0;
    if (quiet) company.daily_volume *= 0.02;
    // A minute that trades at all trades a round lot.
    company.daily_volume = std::max(company.daily_volume, 150.0 * 390.0 * company.activity);
    out.push_back(std::move(company));
  }
  std::ranges::sort(out, {}, [](const Company& c) { return c.symbol.view(); });
  return out;
}

}  // namespace tapewire::simulated
