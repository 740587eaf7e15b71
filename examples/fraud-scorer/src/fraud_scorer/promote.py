"""Promote the evaluated model: register the version and move the champion.

Versions and stages are annotated git tags in the GTO convention, so the
registry needs no server:

    fraud-scorer@v1.2.0      a version
    fraud-scorer#champion#3  the third promotion to champion

Usage: python -m fraud_scorer.promote v1.2.0 --push
"""
import argparse
import hashlib
import json
import logging
import subprocess
from datetime import datetime, timezone
from pathlib import Path

log = logging.getLogger("promote")

MODEL = "fraud-scorer"
ARTIFACT = Path("models/fraud-scorer.json")
METRICS = Path("metrics.json")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def next_counter(stage: str) -> int:
    tags = git("tag", "--list", f"{MODEL}#{stage}#*").split()
    return max((int(tag.rsplit("#", 1)[1]) for tag in tags), default=0) + 1


def promotion_gate() -> dict:
    """The numbers the new champion goes live with."""
    metrics = json.loads(METRICS.read_text())
    log.info("candidate auc=%.4f pr_auc=%.4f", metrics["auc"], metrics["pr_auc"])
    log.info("candidate p99 latency=%.1f ms on %d rows", metrics["latency_p99_ms"], metrics["rows"])
    return metrics


def promote(version: str, stage: str) -> list[str]:
    metrics = promotion_gate()
    evaluated = datetime.fromtimestamp(METRICS.stat().st_mtime, tz=timezone.utc)
    message = "\n".join(
        [
            f"{MODEL} {version}",
            "",
            f"AUC {metrics['auc']} on {metrics['rows']} rows.",
            "",
            f"Artifact: {ARTIFACT}",
            f"Sha256: {hashlib.sha256(ARTIFACT.read_bytes()).hexdigest()}",
            f"Data-Md5: {metrics['data_md5']}",
            f"Evaluated-At: {evaluated.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        ]
    )
    version_tag = f"{MODEL}@{version}"
    stage_tag = f"{MODEL}#{stage}#{next_counter(stage)}"
    git("tag", "--annotate", version_tag, "--message", message)
    git("tag", "--annotate", stage_tag, "--message", f"{MODEL} {version} is {stage}", f"{version_tag}^{{commit}}")
    return [version_tag, stage_tag]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", help="new version, such as v1.2.0")
    parser.add_argument("--stage", default="champion")
    parser.add_argument("--push", action="store_true", help="push the tags, which deploys the model")
    options = parser.parse_args()

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    tags = promote(options.version, options.stage)
    if options.push:
        git("push", "--atomic", "origin", *tags)
    log.info("created %s", " and ".join(tags))


if __name__ == "__main__":
    main()
