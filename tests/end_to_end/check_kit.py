# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end scripts share: running the program, counting checks, the closing line."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

TAPEWIRE = os.environ.get("TAPEWIRE") or "build/release/tapewire"
SOURCE = pathlib.Path(os.environ.get("TAPEWIRE_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
SHARED = pathlib.Path(os.environ.get("TAPEWIRE_SHARED") or SOURCE.parent / "shared")


class Run:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def tapewire(*arguments, timeout=120, **options):
    words = [str(a) for a in arguments]
    return Run(subprocess.run([TAPEWIRE, *words], capture_output=True, text=True, timeout=timeout, check=False, **options))


class Checks:
    """Each check is a function of a fresh directory; what it raises is its failure."""

    def __init__(self):
        self.passed, self.failures, self.skipped = 0, [], []

    def run(self, checks):
        for check in checks:
            work = pathlib.Path(tempfile.mkdtemp(prefix="tapewire-e2e-"))
            try:
                check(work)
                self.passed += 1
            except Skip as reason:
                self.skipped.append((check.__name__, str(reason)))
            except Exception:  # a check may fail in any way; each way is its report
                self.failures.append(check.__name__)
                print(f"FAIL {check.__name__}")
                traceback.print_exc(file=sys.stdout)
            finally:
                with contextlib.suppress(OSError):
                    subprocess.run(["chmod", "-R", "u+w", str(work)], check=False)
                shutil.rmtree(work, ignore_errors=True)

    def finish(self):
        for name, reason in self.skipped:
            print(f"SKIP {name}: {reason}")
        tail = f", {len(self.skipped)} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {len(self.failures)} failed{tail}")
        return 1 if self.failures else 0


class Skip(Exception):
    pass


def expect(condition, *context):
    if not condition:
        raise AssertionError(" ".join(str(c) for c in context) or "not as expected")


def expect_in(words, text):
    expect(words in text, f"expected {words!r} in:\n{text}")


def checks_of(namespace):
    return [f for name, f in namespace.items() if name.startswith("check_")]
