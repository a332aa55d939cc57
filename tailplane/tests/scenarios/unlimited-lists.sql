-- Whose requests for what take most time, over the hour before?
SELECT concat_ws(' ', k8s_user_agent, k8s_verb, k8s_resource) AS who,
       round(sum(CASE WHEN start_time >= TIMESTAMP '2026-11-02T08:00:00Z' THEN 1 ELSE -1 END * duration_ns) / 1e6)
           AS added_ms
FROM requests
WHERE NOT k8s_watch AND NOT is_long_running
GROUP BY who
ORDER BY added_ms DESC
LIMIT 5
