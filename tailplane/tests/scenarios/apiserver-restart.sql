-- Which failures are more, and of which API server, than in the hour before?
SELECT concat_ws(' ', k8s_code, instance) AS failure,
       sum(CASE WHEN start_time >= TIMESTAMP '2026-11-02T08:00:00Z' THEN 1 ELSE -1 END) AS added
FROM requests
WHERE k8s_code >= 500
GROUP BY failure
ORDER BY added DESC
LIMIT 5
