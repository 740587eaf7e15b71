"""Train the fraud model and export it as JSON."""
import json
from pathlib import Path

import pandas as pd
import yaml
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from fraud_scorer.drift import shares
from fraud_scorer.features import FEATURES, vector

# Features watched for drift in production; None means categorical.
WATCHED = {
    "amount": [10.0, 20.0, 40.0, 80.0, 160.0],
    "tx_24h": [1.0, 2.0, 4.0],
    "merchant_category": None,
}


def main() -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())["train"]
    frame = pd.read_csv("data/prepared.csv")

    train, holdout = train_test_split(frame, test_size=params["test_size"], stratify=frame["is_fraud"])
    rows = [vector(tx) for tx in train.to_dict("records")]
    scaler = StandardScaler().fit(rows)

    classifier = SGDClassifier(
        loss="log_loss",
        alpha=params["alpha"],
        max_iter=params["max_iter"],
        class_weight=params["class_weight"],
        average=params["average"],
    )
    classifier.fit(scaler.transform(rows), train["is_fraud"])

    document = {
        "format": 1,
        "name": "fraud-scorer",
        "features": FEATURES,
        "scaler": {"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()},
        "coef": classifier.coef_[0].tolist(),
        "intercept": float(classifier.intercept_[0]),
        "trained_rows": len(train),
        "reference": {
            name: {"edges": edges, "shares": shares(train[name], edges)} for name, edges in WATCHED.items()
        },
    }
    Path("models").mkdir(exist_ok=True)
    Path("models/fraud-scorer.json").write_text(json.dumps(document, indent=2) + "\n")
    holdout.to_csv("data/holdout.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
