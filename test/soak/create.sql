-- new rows with links, and unique names over which two sessions quarrel
\set n random(1, 100000)
SELECT soak.create_with_links('created ' || :n / 10);
