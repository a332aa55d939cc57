-- Which etcd member adds most to requests, over the hour before?
SELECT call['instance'] AS member,
       round(sum(CASE WHEN is_now THEN 1 ELSE -1 END * call['path_ns']) / 1e6) AS added_ms
FROM (
    SELECT start_time >= TIMESTAMP '2026-11-02T08:00:00Z' AS is_now, unnest(etcd_calls) AS call
    FROM requests
    WHERE NOT k8s_watch AND NOT is_long_running
)
GROUP BY member
ORDER BY added_ms DESC
LIMIT 5
