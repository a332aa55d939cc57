-- In which zone do pods start slowest? Spans do not know zones: `instances` has them from the cluster's Node objects.
WITH places AS (SELECT node, max(zone) AS zone FROM instances WHERE component = 'kubelet' GROUP BY node)
SELECT zone, round(avg(network_phase_ns) / 1e6) AS network_ms, count(*) AS pods
FROM pod_starts JOIN places USING (node)
WHERE start_time >= TIMESTAMP '2026-11-02T08:00:00Z'
GROUP BY zone
ORDER BY network_ms DESC
LIMIT 3
