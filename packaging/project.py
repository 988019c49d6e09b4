"""What the scripts beside it ask of the project: version, repository, change log, time of the release."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACEHOLDER = "OWNER"
NOTICES = "THIRD-PARTY-NOTICES"


def read_metadata():
    """The package as `cargo metadata` has it."""
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return next(package for package in metadata["packages"] if package["name"] == "referrals")


def release_seconds():
    """Unix time of the release, for everything in a package: SOURCE_DATE_EPOCH, else that of the commit."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "-c", f"safe.directory={ROOT}", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def changelog_section(heading):
    """The lines of CHANGELOG.md below `## HEADING` or `## HEADING - DATE`, or None."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}(?: - \d{{4}}-\d\d-\d\d)?\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return section and section.group(1).strip() + "\n"


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")
