"""HTTP API that scores transactions.

POST /score     scores up to 500 transactions
POST /feedback  tells the service what a transaction turned out to be
GET  /healthz   ready once the model is loaded
GET  /metrics   Prometheus
"""
import os
import time
from collections import OrderedDict, deque
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request
from prometheus_client import Counter, Gauge, Histogram, make_asgi_app
from pydantic import BaseModel, Field

from fraud_scorer.drift import psi, shares
from fraud_scorer.model import FraudModel

MODEL_NAME = "fraud-scorer"
MODEL_VERSION = os.environ.get("MODEL_VERSION", "unknown")
WINDOW = 2000  # transactions and labels kept for drift and live quality
MIN_WINDOW = 200

REQUESTS = Counter("fraud_requests_total", "Scoring requests", ["route"])
ERRORS = Counter("fraud_request_errors_total", "Scoring requests that failed", ["route"])
LATENCY = Histogram(
    "fraud_prediction_latency_seconds",
    "Time to score one request",
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0],
)
LIVE_AUC = Gauge("fraud_live_auc", "AUC over the transactions whose outcome is known", ["model"])
DRIFT = Gauge("feature_drift_psi", "Drift of a feature against the training sample", ["model", "feature"])
MODEL_INFO = Gauge("fraud_model_info", "The model in use", ["model", "version", "sha256"])

model = FraudModel.load(os.environ.get("MODEL_PATH", "models/fraud-scorer.json"))
MODEL_INFO.labels(MODEL_NAME, MODEL_VERSION, model.sha256[:12]).set(1)

recent: deque[dict] = deque(maxlen=WINDOW)
awaiting: OrderedDict[str, float] = OrderedDict()
labelled: deque[tuple[float, bool]] = deque(maxlen=WINDOW)

app = FastAPI(title="Fraud scorer")
app.mount("/metrics", make_asgi_app())


class Transaction(BaseModel):
    tx_id: str
    hour: Annotated[int, Field(ge=0, le=23)]
    amount: Annotated[float, Field(gt=0)]
    merchant_category: str
    card_present: bool
    foreign: bool
    account_age_days: Annotated[int, Field(ge=0)]
    tx_24h: Annotated[int, Field(ge=0)]


class ScoreRequest(BaseModel):
    transactions: Annotated[list[Transaction], Field(min_length=1, max_length=500)]


class Outcome(BaseModel):
    tx_id: str
    fraud: bool


@app.middleware("http")
async def count(request: Request, call_next):
    route = request.url.path
    if route not in ("/score", "/feedback"):
        return await call_next(request)
    REQUESTS.labels(route).inc()
    try:
        response = await call_next(request)
    except Exception:
        ERRORS.labels(route).inc()
        raise
    if response.status_code >= 500:
        ERRORS.labels(route).inc()
    return response


@app.get("/healthz")
def healthz() -> dict:
    return {"model": MODEL_NAME, "version": MODEL_VERSION, "sha256": model.sha256}


@app.post("/score")
def score(request: ScoreRequest) -> dict:
    start = time.perf_counter()
    results = []
    for transaction in request.transactions:
        tx = transaction.model_dump()
        value = model.score(tx)
        recent.append(tx)
        awaiting[transaction.tx_id] = value
        results.append({"tx_id": transaction.tx_id, "score": round(value, 6)})
    while len(awaiting) > 50 * WINDOW:
        awaiting.popitem(last=False)
    LATENCY.observe(time.perf_counter() - start)
    update_drift()
    return {"model_version": MODEL_VERSION, "results": results}


@app.post("/feedback", status_code=204)
def feedback(outcome: Outcome) -> None:
    value = awaiting.pop(outcome.tx_id, None)
    if value is None:
        raise HTTPException(404, "no score is known for this transaction")
    labelled.append((value, outcome.fraud))
    update_live_auc()


def update_drift() -> None:
    if len(recent) < MIN_WINDOW:
        return
    for feature, reference in model.reference.items():
        current = shares([tx[feature] for tx in recent], reference["edges"])
        DRIFT.labels(MODEL_NAME, feature).set(psi(reference["shares"], current))


def update_live_auc() -> None:
    ranked = sorted(labelled)
    positives = sum(fraud for _, fraud in ranked)
    negatives = len(ranked) - positives
    if len(ranked) < MIN_WINDOW or positives == 0 or negatives == 0:
        return
    ranks = sum(rank for rank, (_, fraud) in enumerate(ranked, start=1) if fraud)
    LIVE_AUC.labels(MODEL_NAME).set((ranks - positives * (positives + 1) / 2) / (positives * negatives))
