#!/usr/bin/env bash
# The least a person could do for every rollout: find the weight and since when, ask for the error rate
# and the latency of the gray version, and say yes or no. The baseline that `promoter plan` is held against.
set -euo pipefail
repo=$1 prometheus=$2 at=$3

ask() { curl -sf --get "$prometheus/api/v1/query" --data-urlencode "query=$1" --data-urlencode "time=$at" |
  grep -o '"value":\[[^]]*\]' | sed -E 's/.*"([^"]*)"\]/\1/'; }

for manifest in "$repo"/manifests/*.yaml; do
  name=$(basename "$manifest" .yaml)
  weight=$(grep -A2 'subset: v9-gray' "$manifest" | grep -o 'weight: [0-9]*' | grep -o '[0-9]*')
  since=$(git -C "$repo" log -1 --format=%cI -- "manifests/$name.yaml")
  labels="destination_workload=\"$name\", destination_version=\"v9-gray\""
  errors=$(ask "sum(rate(istio_requests_total{$labels, response_code=~\"5..\"}[5m])) / sum(rate(istio_requests_total{$labels}[5m]))")
  slow=$(ask "histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{$labels}[5m])) by (le))")
  if awk -v e="${errors:-0}" -v s="${slow:-0}" 'BEGIN { exit !(e <= 0.0005 && s <= 50) }'; then
    echo "$name $weight since $since: promote"
  else
    echo "$name $weight since $since: wait"
  fi
done
