"""Check the extract and drop what can't be scored."""
import pandas as pd

from fraud_scorer.features import CATEGORIES


def main() -> None:
    frame = pd.read_csv("data/transactions.csv")
    before = len(frame)
    frame = frame.drop_duplicates("tx_id")
    frame = frame[(frame["amount"] > 0) & frame["merchant_category"].isin(CATEGORIES)]
    frame = frame.sort_values("tx_id")
    print(f"kept {len(frame)} of {before} transactions")
    frame.to_csv("data/prepared.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
