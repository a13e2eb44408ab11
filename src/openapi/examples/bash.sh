#!/usr/bin/env bash
# Runs a backtest to its end; then starts a long one, and cancels it on its way. Needs curl and openssl.
set -euo pipefail
PIPAI_URL=${PIPAI_URL:-http://127.0.0.1:8787}
: "${PIPAI_API_KEY:?Set it to your API key.}" "${PIPAI_API_SECRET:?Set it to your API secret.}"

# HMAC-SHA256 under the secret, of two plain SHA-256 (RFC 2104; the secret is one block long).
# `openssl dgst -hmac` would be shorter, but shows the secret to everybody who runs `ps`.
hmac() {
  local i byte inner='' outer=''
  for ((i = 0; i < 64; i++)); do
    printf -v byte %d "'${PIPAI_API_SECRET:i:1}"
    printf -v inner '%s\\x%02x' "$inner" $((byte ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((byte ^ 0x5c))
  done
  { printf %b "$inner" && printf %s "$1"; } | openssl dgst -sha256 -binary |
    { printf %b "$outer" && cat; } | openssl dgst -sha256 -r | cut -c1-64
}

# call METHOD TARGET BODY [CURL OPTION]...: a signed request, whose answer is left in $status and $answer.
# A refusal is printed, and ends the script unless the caller looks at it.
call() {
  local method=$1 target=$2 body=$3 timestamp signature
  shift 3
  # Milliseconds, which not every `date` knows: any of this second will do.
  timestamp=$(date +%s)$(printf %03d $((RANDOM % 1000)))
  signature=$(hmac "$timestamp$method$target$body")
  answer=$(curl -sS --max-time 60 -w '\n%{http_code}' -X "$method" "$PIPAI_URL$target" \
    -H "X-PipAI-API-Key: $PIPAI_API_KEY" -H "X-PipAI-Timestamp: $timestamp" \
    -H "X-PipAI-Signature: $signature" \
    ${body:+-H 'Content-Type: application/json' --data-raw "$body"} "$@") || return
  status=${answer##*$'\n'} answer=${answer%$'\n'*}
  [[ $status == 2* ]] && return
  echo "$status $(field code): $(field message || echo "$answer") $(grep -o '"details":.*]' <<<"$answer")" >&2
  return 1
}

# The first text or number of this name in the answer; false where there is none.
field() {
  local pattern="\"$1\":(\"([^\"]*)\"|[-0-9.e]+)"
  [[ $answer =~ $pattern ]] && echo "${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}"
}

# give_up: ends the script where the answer's job is not as wanted, with why it failed.
give_up() {
  local code
  code=$(field code) || true
  echo "$(field id) is $(field status)${code:+, $code: $(field message)}" >&2
  exit 1
}

# submit CONFIG: leaves the new job's target in $job. The same Idempotency-Key again makes no second job.
submit() {
  call POST /v1/backtest/jobs "$1" -H "Idempotency-Key: $(openssl rand -hex 16)"
  job=/v1/backtest/jobs/$(field id)
}

submit '{"template_id": "tpl_grid", "symbols": ["BTCUSDT"], "timeframe": "1h",
  "params": {"grid_levels": 20, "upper_price": "72000", "lower_price": "60000"},
  "start": "2025-01-01T00:00:00Z", "end": "2025-03-31T23:00:00Z", "capital": "10000"}'
# Each answer comes when the job is final, or after 30 seconds.
until [[ $(field status) =~ ^(done|failed|cancelled)$ ]]; do call GET "$job" '' -H 'Prefer: wait=30'; done
[[ $(field status) == done ]] || give_up
echo "$(field id) is done"
for name in total_trades win_rate max_drawdown sharpe; do echo "$name: $(field $name)"; done

submit '{"template_id": "tpl_dca", "params": {"every_bars": 1, "order_quote": "10"},
  "symbols": ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT",
    "ADAUSDT", "DOGEUSDT", "AVAXUSDT", "LINKUSDT", "LTCUSDT"], "timeframe": "1m",
  "start": "2020-01-01T00:00:00Z", "end": "2024-12-31T23:59:00Z", "capital": "300000000"}'
sleep 0.3 # Let it run for a moment.
# A job that has ended before, such as one without candles, is told with 409, and tells itself why.
call POST "$job/cancel" '{"reason": "changed my mind"}' || { call GET "$job" ''; give_up; }
echo "$(field id) is $(field status), progress $(field progress)"
call GET "$job/audit" ''
grep -o '{"at"[^}]*}' <<<"$answer"
# A final job stays as it is: who cancels it again is told so with 409.
call POST "$job/cancel" '' 2>&1 || [[ $status == 409 ]]
