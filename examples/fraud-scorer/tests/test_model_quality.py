"""Refuses a model that is worse than what the fraud desk can live with."""
import json
from pathlib import Path

from fraud_scorer.model import FraudModel

METRICS = json.loads(Path("metrics.json").read_text())
TYPICAL = {
    "hour": 13,
    "amount": 24.5,
    "merchant_category": "grocery",
    "card_present": True,
    "foreign": False,
    "account_age_days": 900,
    "tx_24h": 1,
}


def test_auc_is_good_enough():
    assert METRICS["auc"] >= 0.85


def test_a_full_request_is_fast_enough():
    assert METRICS["latency_p99_ms"] <= 80


def test_metrics_belong_to_this_model():
    assert METRICS["model_sha256"] == FraudModel.load("models/fraud-scorer.json").sha256


def test_a_risky_transaction_scores_higher():
    model = FraudModel.load("models/fraud-scorer.json")
    risky = TYPICAL | {"hour": 3, "merchant_category": "gift_cards", "card_present": False, "tx_24h": 9}
    assert model.score(risky) > model.score(TYPICAL)
