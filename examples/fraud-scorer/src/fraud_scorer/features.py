"""Turns a transaction into the vector the model sees. Training and serving both import this."""
import math
from collections.abc import Mapping

CATEGORIES = ["grocery", "fuel", "travel", "electronics", "gift_cards"]
FEATURES = ["log_amount", "night", "card_present", "foreign", "log_account_age", "tx_24h"] + [
    f"category_{name}" for name in CATEGORIES
]


def vector(tx: Mapping) -> list[float]:
    return [
        math.log(max(float(tx["amount"]), 0.01)),
        float(int(tx["hour"]) < 6),
        float(tx["card_present"]),
        float(tx["foreign"]),
        math.log(max(float(tx["account_age_days"]), 1.0)),
        float(tx["tx_24h"]),
        *(float(tx["merchant_category"] == name) for name in CATEGORIES),
    ]
