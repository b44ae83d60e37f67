-- Partition bounds hold values of the columns that they are made of: those keep them.
CREATE TABLE by_list (id integer, country_of_birth text, note text) PARTITION BY LIST (country_of_birth);
CREATE TABLE by_list_de PARTITION OF by_list FOR VALUES IN ('de', 'DE');
CREATE TABLE by_range (last_name text, "Note" text) PARTITION BY RANGE (last_name);
CREATE TABLE by_range_a PARTITION OF by_range FOR VALUES FROM ('a') TO ('n') PARTITION BY LIST (lower("Note"));
CREATE TABLE by_range_a_x PARTITION OF by_range_a FOR VALUES IN ('x');
CREATE TABLE by_hash (last_name text, note text) PARTITION BY HASH (last_name);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 1, REMAINDER 0);
