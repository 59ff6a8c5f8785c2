#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the documents against the program.

  defaults   config/default.toml equals what `tapewire config defaults` prints
  configs    every file of config/ passes `tapewire check-config`
  commands   every `tapewire VERB --option` and `./dev VERB` of the documents exists
  links      every relative link of the documents leads to a file
Prints FAIL lines and closes with `N passed, N failed`, one case per rule.
"""

import argparse
import difflib
import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`((?:\./dev|tapewire|build/release/tapewire) [^`\n]+)`")


def documents():
    return sorted(p for p in list(ROOT.glob("*.md")) + list((ROOT / "docs").rglob("*.md")) if p.name != "CHANGELOG.md")


def run(*command):
    return subprocess.run([str(c) for c in command], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60)


def check_defaults(program):
    done = run(program, "config", "defaults")
    if done.returncode != 0:
        yield f"`tapewire config defaults` ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        return
    written = (ROOT / "config/default.toml").read_text(encoding="utf-8")
    if written != done.stdout:
        difference = difflib.unified_diff(written.splitlines(), done.stdout.splitlines(), "config/default.toml",
                                          "tapewire config defaults", lineterm="", n=0)
        yield from list(difference)[:20]


def check_configs(program):
    for file in sorted((ROOT / "config").glob("*.toml")):
        done = run(program, "check-config", "--config", file)
        if done.returncode != 0:
            yield f"{file.relative_to(ROOT)}: {(done.stderr or done.stdout).strip()[-300:]}"


def commands_of(text):
    """Yields the words of each command of ours in fenced shell blocks and in `code`."""
    lines = []
    for block in FENCE.findall(text):
        lines += block.replace("\\\n", " ").splitlines()
    lines += INLINE.findall(text)
    for line in lines:
        line = re.sub(r"^\s*\$ ", "", line).split(" # ")[0]
        for command in re.split(r"\s*(?:&&|\|\||[|;])\s*", line):
            words = command.split()
            if words and re.fullmatch(r"\./dev|(?:\S*/)?tapewire", words[0]):
                yield words


def check_commands(program):
    # `help` is only asked for once per verb.
    @functools.cache
    def help_of(verb):
        done = run(program, verb, "--help")
        return done.stdout if done.returncode == 0 else None

    dev_help = run(ROOT / "dev", "help").stdout
    for document in documents():
        where = document.relative_to(ROOT)
        for words in commands_of(document.read_text(encoding="utf-8")):
            verb = words[1] if len(words) > 1 else "--help"
            if verb.startswith(("-", "VERB", "<", "…", "...")):
                continue
            if words[0] == "./dev":
                if not re.search(rf"^  {re.escape(verb)}\b", dev_help, re.M):
                    yield f"{where}: `./dev {verb}`: no such verb"
                continue
            text = help_of(verb)
            if text is None:
                yield f"{where}: `tapewire {verb}`: no such verb"
                continue
            for word in words[2:]:
                option = re.match(r"--[a-z][a-z-]*", word)
                if option and option[0] not in text and option[0] not in (help_of("--help") or ""):
                    yield f"{where}: `tapewire {verb}` has no option {option[0]}"


def check_links(_program):
    for document in documents():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                yield f"{document.relative_to(ROOT)}: the link {target} leads nowhere"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    program = parser.parse_args().program.resolve()
    passed = failed = 0
    for name, check in [("defaults", check_defaults), ("configs", check_configs), ("commands", check_commands),
                        ("links", check_links)]:
        try:
            faults = list(check(program))
        except (OSError, subprocess.SubprocessError) as error:
            faults = [str(error)]
        if faults:
            failed += 1
            print("\n".join(f"  {fault}" for fault in faults))
            print(f"FAIL {name}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
