"""Runs a backtest to its end; then starts a long one, and cancels it on its way. For Python 3.8 or later."""
import hashlib, hmac, json, os, secrets, sys, time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("PIPAI_URL", "http://127.0.0.1:8787")
API_KEY = os.environ.get("PIPAI_API_KEY") or sys.exit("Set PIPAI_API_KEY to your API key.")
API_SECRET = os.environ.get("PIPAI_API_SECRET") or sys.exit("Set PIPAI_API_SECRET to your API secret.")
JOBS = "/v1/backtest/jobs"


class Refused(Exception):
    """Uncaught, it ends the program and shows code, message and details of the refusal."""
    def __init__(self, status, error):
        super().__init__(f"{status} {error['code']}: {error['message']} {error.get('details', '')}")
        self.code = error["code"]


def call(method, target, content=None, headers={}):
    """Sends a signed request, and gives the answer."""
    body = b"" if content is None else json.dumps(content).encode()
    timestamp = str(time.time_ns() // 1_000_000)
    message = (timestamp + method + target).encode() + body
    request = Request(URL + target, body or None, method=method, headers={
        "X-PipAI-API-Key": API_KEY,
        "X-PipAI-Timestamp": timestamp,
        "X-PipAI-Signature": hmac.new(API_SECRET.encode(), message, hashlib.sha256).hexdigest(),
        "Content-Type": "application/json",
        "User-Agent": "my-backtests/1.0",  # Cloudflare may turn away the name that urllib gives itself.
        **headers,
    })
    try:
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except HTTPError as answer:
        raise Refused(answer.code, json.load(answer)["error"]) from None


def submit(config):
    # The same Idempotency-Key again makes no second job.
    return call("POST", JOBS, config, {"Idempotency-Key": secrets.token_hex(16)})


def give_up(job):
    """Ends the program where a job is not as wanted, with why it failed."""
    why = ", {code}: {message}".format(**job["error"]) if job["error"] else ""
    sys.exit(f"{job['id']} is {job['status']}{why}")


job = submit({"template_id": "tpl_grid", "symbols": ["BTCUSDT"], "timeframe": "1h", "capital": "10000",
              "params": {"grid_levels": 20, "upper_price": "72000", "lower_price": "60000"},
              "start": "2025-01-01T00:00:00Z", "end": "2025-03-31T23:00:00Z"})
while job["status"] in ("queued", "running"):  # Each answer comes when the job is final, or after 30 seconds.
    job = call("GET", f"{JOBS}/{job['id']}", headers={"Prefer": "wait=30"})
if job["status"] != "done":
    give_up(job)
print(job["id"], "is done")
for name in ("total_trades", "win_rate", "max_drawdown", "sharpe"):
    print(f"{name}: {job['result']['metrics'][name]}")

coins = "BTC ETH SOL BNB XRP ADA DOGE AVAX LINK LTC".split()
job = submit({"template_id": "tpl_dca", "params": {"every_bars": 1, "order_quote": "10"},
              "symbols": [coin + "USDT" for coin in coins], "timeframe": "1m", "capital": "300000000",
              "start": "2020-01-01T00:00:00Z", "end": "2024-12-31T23:59:00Z"})
target = f"{JOBS}/{job['id']}"
time.sleep(0.3)  # Let it run for a moment.
try:
    job = call("POST", f"{target}/cancel", {"reason": "changed my mind"})
except Refused as refused:  # A job that has ended before, such as one without candles, tells itself why.
    if refused.code != "INVALID_STATE":
        raise
    give_up(call("GET", target))
print(f"{job['id']} is {job['status']}, progress {job['progress']}")
for row in call("GET", f"{target}/audit")["data"]:
    print(row["at"], row["from"], "->", row["to"], "by", row["actor"], row["reason"] or "")
try:
    call("POST", f"{target}/cancel")
except Refused as refused:  # A final job stays as it is: who cancels it again is told so.
    if refused.code != "INVALID_STATE":
        raise
    print(refused)
