"""Write the synthetic sample that the pipeline is developed against.

The real extract never leaves the warehouse; this file has the same columns
and roughly the same shape, with fraud oversampled.
"""
import csv
import math
import random
from pathlib import Path

ROWS = 1400
CATEGORIES = ["grocery", "fuel", "travel", "electronics", "gift_cards"]
WEIGHTS = [0.42, 0.2, 0.13, 0.17, 0.08]
RISK = {"grocery": -0.9, "fuel": -0.5, "travel": 0.4, "electronics": 0.7, "gift_cards": 1.6}


def row(rng: random.Random, number: int) -> list:
    category = rng.choices(CATEGORIES, WEIGHTS)[0]
    amount = round(math.exp(rng.gauss(3.6, 0.9)), 2)
    hour = int(rng.triangular(0, 24, 15)) % 24
    card_present = int(rng.random() < 0.6)
    foreign = int(rng.random() < 0.12)
    age = int(rng.expovariate(1 / 600)) + 1
    tx_24h = min(int(rng.expovariate(0.55)), 15)
    logit = (
        -6.3
        + 0.75 * (math.log(amount) - 3.6)
        + RISK[category]
        + 1.3 * (hour < 6)
        + 1.5 * (1 - card_present)
        + 1.4 * foreign
        - 0.5 * (math.log(age) - 6)
        + 0.42 * tx_24h
        + 1.6
    )
    fraud = int(rng.random() < 1 / (1 + math.exp(-logit)))
    return [f"t{number:05d}", hour, f"{amount:.2f}", category, card_present, foreign, age, tx_24h, fraud]


def main() -> None:
    rng = random.Random(20260302)
    target = Path("data/transactions.csv")
    with target.open("w", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(
            ["tx_id", "hour", "amount", "merchant_category", "card_present", "foreign", "account_age_days", "tx_24h", "is_fraud"]
        )
        writer.writerows(row(rng, number) for number in range(1, ROWS + 1))


if __name__ == "__main__":
    main()
