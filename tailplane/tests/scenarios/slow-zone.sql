-- On which nodes do pods start slowest? Spans do not know zones: the nodes are those of one.
SELECT node, round(avg(network_phase_ns) / 1e6) AS network_ms, count(*) AS pods
FROM pod_starts
WHERE start_time >= TIMESTAMP '2026-11-02T08:00:00Z'
GROUP BY node
ORDER BY network_ms DESC
LIMIT 4
