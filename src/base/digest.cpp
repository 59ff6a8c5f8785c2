// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace tapewire {

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> raw{};
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context.get(), raw.data(), &size) == 1 && size == raw.size());
  std::string out;
  for (const unsigned char byte : raw) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

Result<std::string> sha256_hex_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return fail_errno("open", path.string(), errno);
  Sha256 digest;
  std::vector<char> block(1 << 20);
  while (true) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
    digest.update({block.data(), got});
    if (got < block.size()) break;
  }
  if (std::ferror(file.get()) != 0) return fail_errno("read", path.string(), errno);
  return digest.hex();
}

}  // namespace tapewire
