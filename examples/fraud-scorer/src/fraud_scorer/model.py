"""The exported model: coefficients and a scaler in one JSON file, so serving needs no scikit-learn."""
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from fraud_scorer.features import FEATURES, vector


class FraudModel:
    def __init__(self, raw: bytes):
        document = json.loads(raw)
        if document["features"] != FEATURES:
            raise ValueError("the model was trained on other features than this code computes")
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self.mean = document["scaler"]["mean"]
        self.scale = document["scaler"]["scale"]
        self.coef = document["coef"]
        self.intercept = document["intercept"]
        self.reference = document["reference"]

    @classmethod
    def load(cls, path: str | Path) -> "FraudModel":
        return cls(Path(path).read_bytes())

    def score(self, tx: Mapping) -> float:
        logit = self.intercept
        for value, mean, scale, coef in zip(vector(tx), self.mean, self.scale, self.coef, strict=True):
            logit += (value - mean) / scale * coef
        return 1.0 / (1.0 + math.exp(-max(min(logit, 60.0), -60.0)))
