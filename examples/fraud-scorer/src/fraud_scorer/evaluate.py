"""Measure the exported model on the holdout and write metrics.json."""
import hashlib
import json
import time
from pathlib import Path

import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from fraud_scorer.model import FraudModel

BATCH = 500  # the largest request the API accepts
REQUESTS = 200


def latency_p99_ms(model: FraudModel, transactions: list[dict]) -> float:
    batch = (transactions * (BATCH // len(transactions) + 1))[:BATCH]
    seconds = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        for tx in batch:
            model.score(tx)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[int(REQUESTS * 0.99) - 1] * 1000


def main() -> None:
    model = FraudModel.load("models/fraud-scorer.json")
    holdout = pd.read_csv("data/holdout.csv")
    transactions = holdout.to_dict("records")
    scores = [model.score(tx) for tx in transactions]

    metrics = {
        "auc": round(float(roc_auc_score(holdout["is_fraud"], scores)), 4),
        "pr_auc": round(float(average_precision_score(holdout["is_fraud"], scores)), 4),
        "latency_p99_ms": round(latency_p99_ms(model, transactions), 2),
        "rows": len(holdout),
        "fraud_rows": int(holdout["is_fraud"].sum()),
        "data_md5": hashlib.md5(Path("data/transactions.csv").read_bytes()).hexdigest(),
        "model_sha256": model.sha256,
    }
    Path("metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


if __name__ == "__main__":
    main()
