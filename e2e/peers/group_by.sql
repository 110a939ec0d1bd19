select regexp_replace(message, '\d+', '<*>', 'g') as template, count(*), avg(duration_ms), stddev(duration_ms), quantile_cont(duration_ms, 0.95)
from SOURCE
group by template
