-- A PostgreSQL database that holds everything that makes an admin tool stumble. Needs PostgreSQL 18 and a superuser.
-- Each kind of trouble is a table of its own, so that a failure names its cause. Built by weird.py.

-- == Extensions: used where the server has them ==================================

DO $$
DECLARE extension text;
BEGIN
    FOREACH extension IN ARRAY ARRAY['hstore', 'citext', 'ltree', 'btree_gist', 'postgres_fdw', 'file_fdw', 'cube',
                                     'seg', 'isn', 'vector', 'intarray'] LOOP
        IF EXISTS (SELECT FROM pg_available_extensions WHERE name = extension) THEN
            EXECUTE format('CREATE EXTENSION %I', extension);
        END IF;
    END LOOP;
END $$;

-- == No key ======================================================================

CREATE TABLE no_key (a integer, b text, c timestamp);
INSERT INTO no_key VALUES
    (1, 'one', '2026-01-01 10:00:00.123456'), (2, 'two', NULL), (2, 'two', NULL), (2, 'two', NULL), (NULL, NULL, NULL),
    (NULL, NULL, NULL), (3, '', '-infinity'), (3, NULL, 'infinity'), (4, E'a\nb', NULL), (4, E'a\r\nb', NULL), (5, ' ', NULL);
CREATE TABLE no_key_but_unique (code text UNIQUE, value integer);
INSERT INTO no_key_but_unique VALUES ('a', 1), ('b', 2), (NULL, 3), (NULL, 3), (NULL, NULL), ('', 4);
CREATE TABLE no_key_but_unique_not_null (value integer, code text NOT NULL UNIQUE, other text NOT NULL UNIQUE);
INSERT INTO no_key_but_unique_not_null VALUES (1, 'a/b', 'x'), (NULL, '', 'y'), (2, 'new', 'z');
CREATE TABLE no_key_uncomparable (j json, p point, x xid);  -- json and point have no "=" that an old value could use
INSERT INTO no_key_uncomparable VALUES ('{"a": 1, "a": 2}', '(1,2)', '7'), ('{"a":1,"a":2}', '(1,2)', NULL), (NULL, NULL, NULL);
CREATE TABLE no_key_floats (f double precision, r real, n numeric);
INSERT INTO no_key_floats VALUES ('NaN', 'NaN', 'NaN'), ('-0', '-0', 0.00), ('0', '0', 0), (0.1, 0.1, 0.10), (1e-320, 1e-40, 1e-20);
CREATE TABLE no_key_deferred (id integer NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, t text);
INSERT INTO no_key_deferred VALUES (1, 'a'), (2, 'b');
CREATE TABLE no_key_partial (id integer NOT NULL, gone boolean NOT NULL DEFAULT false);
CREATE UNIQUE INDEX ON no_key_partial (id) WHERE NOT gone;
INSERT INTO no_key_partial VALUES (1, false), (1, true), (1, true), (2, false);
CREATE TABLE zero_columns ();
INSERT INTO zero_columns DEFAULT VALUES;
INSERT INTO zero_columns DEFAULT VALUES;
CREATE TABLE only_a_key (id integer PRIMARY KEY);
INSERT INTO only_a_key VALUES (1), (-1), (0), (2147483647), (-2147483648);
CREATE TABLE no_rows (id integer PRIMARY KEY, name text NOT NULL);

-- == Keys of any type ============================================================

CREATE TABLE key_text (key text PRIMARY KEY, note text);
INSERT INTO key_text SELECT DISTINCT k, 'note of ' || k FROM unnest(ARRAY[
    '/', ',', '&', '?', '%', '"', '''', '#', '~', '.', '..', '...', '', ' ', '  ', E'\n', E'\r\n', E'\r', E'\t', 'a/b', '/a', 'a/', 'a//b',
    'a,b', 'a&b=c', 'a?b', '100%', '%2F', '%2f', '%00', '%', '%25', '~2F', '~', '~~', '~n', '~null', 'NULL', 'null', 'None', 'new', 'edit', 'delete',
    'New', 'status', 'static', 'a.b', './a', '../a', 'a/../b', 'a b', ' a', 'a ', 'a+b', 'a;b', 'a:b', ':', '@', '=', '\', '\\', 'C:\x', '|', '$', '!', '*',
    '(', ')', '[', ']', '{', '}', '{{ 7*7 }}', '<b>', '</script>', '<!--', '&amp;', '&lt;', 'é', E'e\u0301', 'ß', 'ẞ', 'ı', 'İ', '日本語', 'ไทย', 'עברית', 'مرحبا',
    '🦄', '👨‍👩‍👧‍👦', E'\u200b', E'\u200f', E'\u2028', E'\ufeff', E'\u00a0', E'\ufffd', E'\ufffe', E'\x01', E'\x1b[31m', E'\x7f', E'\u0085', '-', '_', '0', '-1', '1e5', '01', '1.0',
    'true', 'infinity', repeat('x', 1500), repeat('日', 500), 'edit/', 'new/', '@1', '@(0,1)', '0x00', '\x00', 'key=1', 'a''b"c`d', '1,2', '1;2', '"1"']) AS k;
CREATE TABLE key_composite (a text, b text, c integer, note text, PRIMARY KEY (a, b, c));
INSERT INTO key_composite VALUES ('a,b', 'c', 1, 'x'), ('a', 'b,c', 1, 'y'), ('', '', 0, NULL), (',', '', 0, ''), ('', ',', 0, ' '), ('a', 'b', -1, 'z'),
    ('~', '~', 1, '1'), ('.', '..', 2, '2'), ('new', 'edit', 3, '3'), ('a/b', 'c/d', 4, '4'), ('🦄', E'\n', 5, '5'), ('%2C', '%', 6, '6'), ('a', '', 1, NULL);
CREATE TABLE key_composite_reordered (note text, z integer, y text, x date, PRIMARY KEY (x, y, z));
INSERT INTO key_composite_reordered VALUES ('a', 1, 'é', '2026-02-03'), ('b', 2, ',', 'infinity'), (NULL, 3, '', '0044-03-15 BC');
CREATE TABLE key_bytea (key bytea PRIMARY KEY, note text);
INSERT INTO key_bytea VALUES ('\x', 'empty'), ('\x00', 'nul'), ('\x2f2c', 'slash comma'), ('\xff', NULL), ('\x6e6577', 'new'), (decode(repeat('ab', 300), 'hex'), 'long');
CREATE TABLE key_float (key double precision PRIMARY KEY, note text);
INSERT INTO key_float VALUES (0.1, 'a'), ('-0', 'b'), ('NaN', 'c'), ('Infinity', 'd'), ('-Infinity', 'e'), (1e300, 'f'), (5e-324, 'g'), (0.30000000000000004, 'h'), (1, 'i'), (123456789012345680, 'j');
CREATE TABLE key_real (key real PRIMARY KEY, note text);
INSERT INTO key_real VALUES (0.1, 'a'), ('NaN', 'b'), (16777216, 'c'), (1e-38, 'd'), (3.4028235e38, NULL);
CREATE TABLE key_numeric (key numeric PRIMARY KEY, note text);
INSERT INTO key_numeric VALUES (1.10, 'a'), ('NaN', 'b'), ('Infinity', 'c'), ('-Infinity', 'd'), (0.00, 'e'), (12345678901234567890123456789012345678901234567890.123456789, 'f'), (1e-30, 'g');
CREATE TABLE key_bigint (key bigint PRIMARY KEY, note text);
INSERT INTO key_bigint VALUES (9223372036854775807, 'a'), (-9223372036854775808, 'b'), (0, 'c'), (9007199254740993, 'd');
CREATE TABLE key_date (key date PRIMARY KEY, note text);
INSERT INTO key_date VALUES ('2026-11-22', 'a'), ('infinity', 'b'), ('-infinity', 'c'), ('0044-03-15 BC', 'd'), ('10000-01-01', 'e'), ('0001-01-01', 'f');
CREATE TABLE key_timestamp (key timestamp PRIMARY KEY, note text);
INSERT INTO key_timestamp VALUES ('2026-11-22 10:11:12.123456', 'a'), ('2026-11-22 10:11:12.100000', 'b'), ('infinity', 'c'), ('0044-03-15 12:00:00.5 BC', 'd'), ('10000-01-01 00:00:00', 'e');
CREATE TABLE key_timestamptz (key timestamptz PRIMARY KEY, note text);
INSERT INTO key_timestamptz VALUES ('2026-11-22 10:11:12.123456+02', 'a'), ('2026-10-25 01:30:00+00', 'b'), ('2026-10-25 00:30:00+00', 'c'), ('-infinity', 'd'), ('0044-03-15 12:00:00+00 BC', 'e'), ('10000-01-01 00:00:00+00', 'f');
CREATE TABLE key_time (key time PRIMARY KEY, other timetz NOT NULL UNIQUE, note text);
INSERT INTO key_time VALUES ('10:11:12.123456', '10:11:12.123456+02', 'a'), ('24:00', '24:00-15:59', 'b'), ('00:00', '00:00+05:30', 'c');
CREATE TABLE key_interval (key interval PRIMARY KEY, note text);
INSERT INTO key_interval VALUES ('1 mon -2 days +03:04:05.678901', 'a'), ('0', 'b'), ('1 year', 'c'), ('-1 day', 'd'), ('infinity', 'e');
CREATE TABLE key_uuid (key uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text);
INSERT INTO key_uuid VALUES ('00000000-0000-0000-0000-000000000000', 'nil'), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'max'), ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', NULL);
CREATE TABLE key_bool (key boolean PRIMARY KEY, note text);
INSERT INTO key_bool VALUES (true, 'yes'), (false, 'no');
CREATE TABLE key_char (key char(5) PRIMARY KEY, note text);
INSERT INTO key_char VALUES ('a', 'one'), ('ab cd', 'full'), ('', 'empty'), ('é', 'accent');
CREATE TABLE key_one_char (key "char" PRIMARY KEY, other name NOT NULL UNIQUE, note text);
INSERT INTO key_one_char VALUES ('a', 'plain', '1'), ('', 'a b', '2'), ('/', '/', '3'), (E'\\377', 'octal', '4');
CREATE TABLE key_bit (key varbit PRIMARY KEY, other bit(3) NOT NULL, note text);
INSERT INTO key_bit VALUES (B'', B'000', 'empty'), (B'0', B'001', 'zero'), (B'00', B'010', 'two zeros'), (B'1', B'111', NULL);
CREATE TABLE key_inet (key inet PRIMARY KEY, net cidr UNIQUE, note text);
INSERT INTO key_inet VALUES ('192.168.0.1/24', '192.168.0.0/24', 'a'), ('192.168.0.1', NULL, 'b'), ('::1', '2001:db8::/32', 'c'), ('fe80::1/64', '::/0', 'd');
CREATE TABLE key_macaddr (key macaddr PRIMARY KEY, other macaddr8, note text);
INSERT INTO key_macaddr VALUES ('08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', 'a'), ('ff:ff:ff:ff:ff:ff', NULL, 'b');
CREATE TABLE key_money (key money PRIMARY KEY, note text);
INSERT INTO key_money VALUES (1200.50, 'a'), (-0.01, 'b'), (0, 'c'), ('92233720368547758.07', 'd');
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', '', 'it''s, "so" so', ' spaced ', '🦄', 'a,b');
CREATE TABLE key_enum (key mood PRIMARY KEY, note text);
INSERT INTO key_enum SELECT m, m::text FROM unnest(enum_range(NULL::mood)) AS m;
CREATE TABLE key_array (key text[] PRIMARY KEY, note text);
INSERT INTO key_array VALUES ('{}', 'empty'), ('{a,b}', 'two'), ('{"a,b"}', 'one'), ('{NULL,"NULL",""}', 'nulls'), ('{{a,b},{c,"{}"}}', 'nested'), ('[0:1]={x,y}', 'bounds');
CREATE TABLE key_range (key int4range PRIMARY KEY, other daterange, note text);
INSERT INTO key_range VALUES ('[1,10)', '[2026-01-01,2026-02-01)', 'a'), ('empty', 'empty', 'b'), ('(,)', '(,)', 'c'), ('[5,)', NULL, 'd');
CREATE TABLE key_jsonb (key jsonb PRIMARY KEY, note text);
INSERT INTO key_jsonb VALUES ('null', 'null'), ('{}', 'object'), ('[]', 'array'), ('"x"', 'string'), ('{"a": [1, 2.50, "/"]}', 'nested'), ('1.0', 'scale');
CREATE TABLE key_oid (key oid PRIMARY KEY, note text);
INSERT INTO key_oid VALUES (0, 'a'), (4294967295, 'b'), (1259, 'c');
CREATE TYPE full_name AS (first text, last text, born date);
CREATE TABLE key_record (key full_name PRIMARY KEY, note text);
INSERT INTO key_record VALUES (('Ada', 'Lovelace', '1815-12-10'), 'a'), (('', NULL, NULL), 'b'), (('a,b', '(c)', 'infinity'), 'c'), (('"', '\', NULL), 'd');
CREATE COLLATION "odd collation" (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE key_collated (key text COLLATE "odd collation" PRIMARY KEY, note text COLLATE "C");
INSERT INTO key_collated VALUES ('a', 'A'), ('A', 'a'), ('ä', 'Ä'), ('Z', 'z');
CREATE TABLE key_domain_parent (code text PRIMARY KEY);
CREATE TABLE key_is_foreign (parent text PRIMARY KEY REFERENCES key_text (key) ON UPDATE CASCADE, note text);
INSERT INTO key_is_foreign VALUES ('a/b', 'slash'), ('', 'empty'), ('🦄', 'unicorn'), (E'\n', 'line');

-- == Foreign keys ================================================================

CREATE SCHEMA other;
CREATE SCHEMA "Odd schema/№ 1.2";
CREATE SCHEMA nothing_in_it;
CREATE TABLE fk_parent (id integer PRIMARY KEY, code text UNIQUE, part_a integer, part_b text, title text, UNIQUE (part_a, part_b));
INSERT INTO fk_parent VALUES (1, 'one', 1, 'a', 'First'), (2, 'two', 1, 'b', NULL), (3, NULL, NULL, 'c', ''), (4, 'a/b', 2, ',', '<b>bold</b> & {{ 7*7 }}');
CREATE TABLE fk_child (
    id integer PRIMARY KEY,
    parent_id integer REFERENCES fk_parent ON DELETE CASCADE,
    second_parent_id integer REFERENCES fk_parent ON DELETE SET NULL,
    code text REFERENCES fk_parent (code) ON UPDATE CASCADE,
    part_a integer, part_b text,
    fallback integer DEFAULT 1 REFERENCES fk_parent ON DELETE SET DEFAULT,
    restricted integer REFERENCES fk_parent ON DELETE RESTRICT,
    FOREIGN KEY (part_a, part_b) REFERENCES fk_parent (part_a, part_b));
INSERT INTO fk_child VALUES (1, 1, 2, 'one', 1, 'a', 1, 3), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 4, 4, 'a/b', 2, ',', 4, 4),
    (4, 2, 2, 'two', 7, NULL, 1, NULL);  -- half of a composite key: allowed by MATCH SIMPLE
CREATE TABLE fk_composite_child (n integer, a text, b text, c integer, PRIMARY KEY (n, a), FOREIGN KEY (a, b, c) REFERENCES key_composite DEFERRABLE);
INSERT INTO fk_composite_child VALUES (1, 'a,b', 'c', 1), (2, 'a', 'b,c', 1), (3, '', '', 0), (4, 'x', NULL, NULL);
CREATE TABLE fk_match_full (id integer PRIMARY KEY, a integer, b text, FOREIGN KEY (a, b) REFERENCES fk_parent (part_a, part_b) MATCH FULL);
INSERT INTO fk_match_full VALUES (1, 1, 'a'), (2, NULL, NULL);
CREATE TABLE fk_self (id integer PRIMARY KEY, name text NOT NULL, boss integer REFERENCES fk_self);
INSERT INTO fk_self VALUES (1, 'Ouroboros', 1), (2, 'Ada', NULL), (3, 'Grace', 2), (4, 'Mary', 3);
CREATE TABLE fk_self_composite (a integer, b integer, up_a integer, up_b integer, PRIMARY KEY (a, b), FOREIGN KEY (up_a, up_b) REFERENCES fk_self_composite);
INSERT INTO fk_self_composite VALUES (1, 1, NULL, NULL), (1, 2, 1, 1), (2, 2, 2, 2), (3, 3, 9, NULL);
CREATE TABLE fk_circle_a (id integer PRIMARY KEY, b integer NOT NULL);
CREATE TABLE fk_circle_b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES fk_circle_a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE fk_circle_a ADD FOREIGN KEY (b) REFERENCES fk_circle_b DEFERRABLE INITIALLY DEFERRED;
INSERT INTO fk_circle_a VALUES (1, 1), (2, 2);
INSERT INTO fk_circle_b VALUES (1, 2), (2, 1);
CREATE TABLE other.fk_parent (id integer PRIMARY KEY, name text);  -- the same name in two schemas
INSERT INTO other.fk_parent VALUES (1, 'other first'), (5, 'other fifth');
CREATE TABLE other.fk_across (id integer PRIMARY KEY, here integer REFERENCES other.fk_parent, there integer REFERENCES public.fk_parent, odd text);
INSERT INTO other.fk_across VALUES (1, 5, 1, 'a.b'), (2, NULL, 4, NULL);
CREATE TABLE "Odd schema/№ 1.2"."odd. table" ("key/1" text PRIMARY KEY, across integer REFERENCES other.fk_across);
INSERT INTO "Odd schema/№ 1.2"."odd. table" VALUES ('a.b', 1), ('', NULL), ('..', 2);
ALTER TABLE other.fk_across ADD FOREIGN KEY (odd) REFERENCES "Odd schema/№ 1.2"."odd. table";
CREATE TABLE fk_across (id integer PRIMARY KEY, far text REFERENCES "Odd schema/№ 1.2"."odd. table");
INSERT INTO fk_across VALUES (1, '..'), (2, ''), (3, NULL);
CREATE TABLE fk_dangling (id integer PRIMARY KEY, parent integer, loose integer);
INSERT INTO fk_dangling VALUES (1, 1, 1), (2, 99, 99), (3, NULL, NULL);
ALTER TABLE fk_dangling ADD FOREIGN KEY (parent) REFERENCES fk_parent NOT VALID;
ALTER TABLE fk_dangling ADD FOREIGN KEY (loose) REFERENCES fk_parent NOT ENFORCED;
CREATE TABLE fk_twice (id integer PRIMARY KEY, x integer REFERENCES fk_parent REFERENCES fk_self, CHECK (x < 1000));  -- one column, two targets
INSERT INTO fk_twice VALUES (1, 1), (2, 2), (3, NULL);
CREATE TABLE fk_many_to_many (parent integer REFERENCES fk_parent, self integer REFERENCES fk_self, PRIMARY KEY (parent, self));
INSERT INTO fk_many_to_many VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE fk_generated (id integer PRIMARY KEY, half integer, whole integer GENERATED ALWAYS AS (half * 2) STORED REFERENCES fk_parent);
INSERT INTO fk_generated VALUES (1, 1), (2, 2), (3, NULL);
CREATE TABLE fk_odd_types (id integer PRIMARY KEY, u uuid REFERENCES key_uuid, d date REFERENCES key_date, f double precision REFERENCES key_float, e mood REFERENCES key_enum,
    c char(5) REFERENCES key_char, b bytea REFERENCES key_bytea, wide bigint REFERENCES only_a_key, t boolean REFERENCES key_bool);
INSERT INTO fk_odd_types VALUES (1, '00000000-0000-0000-0000-000000000000', 'infinity', 'NaN', '', 'a', '\x00', 2147483647, true), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, NULL, '0044-03-15 BC', '-0', 'a,b', '', '\x', -1, false);

-- == Names =======================================================================

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'select', 'order', 'Order', 'ORDER', 'user', 'group', 'table', 'from', 'table.with.dots', '100% sure', '%s', '%(name)s', ':name', 'a/b', '/', '//', 'a//b', 'quote"d', 'it''s', '`tick`',
        'two  spaces', ' leading', 'trailing ', 'ünïcödé', E'u\u0308', 'ß', 'İ', '日本語', 'مرحبا', 'עברית', 'Ελλάδα', 'Привет', '🦄', 'new', 'edit', 'status', 'sign-in', 'sign-out', 'preferences', 'static', 'healthz',
        'readyz', 'admin', 'index', 'metadata', 'registry', 'query', 'self', 'class', 'None', 'True', '__class__', '__init__', 'def', 'Base', 'Model', '..', '.', '...', 'a:b', 'a?b=c&d', '#hash', '~tilde', '~2F', 'a%2Fb',
        '%2e%2e', '<script>alert(1)</script>', '{{ 7*7 }}', '{% raw %}', E'line\nbreak', E'tab\there', E'\r', 'back\slash', '-', '_', '0', '1abc', '-1', 'a,b', 'a;b', '*', '$1', '@', '=', '|', 'CON', 'nul.txt',
        'pg_not_a_system_table', 'sqlite_not_either', 'public.fk_parent', 'other.fk_parent', 'other.x', 'information_schema', 'a@b', 'p', 'g', 'request', 'session', 'style', 'script', E'\u200b', E'\u202e',
        repeat('x', 63), repeat('é', 31) || 'x', repeat('日', 21)] LOOP
        EXECUTE format('CREATE TABLE %I (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL, self integer REFERENCES %1$I)', name);
        EXECUTE format('INSERT INTO %I (name, self) VALUES (%L, NULL), (%L, 1)', name, name, 'second');
    END LOOP;
    FOREACH name IN ARRAY ARRAY[
        'meta', 'data', 'errors', 'validate', 'process', 'query', 'metadata', 'registry', 'csrf_token', 'csrf', 'status', 'sign-in', 'new', 'static', 'self', 'class', 'form', '_was', '_next', '_then', '_resume',
        'populate_obj', 'hidden_tag', '_fields', '_prefix', '_errors', 'name.state', 'name', 'field.x', 'field.0', 'submit', 'action', 'method', 'page', 'sort', 'q', 'search', 'size', 'after', 'before', 'find', 'key',
        '__tablename__', '__table__', '__table_args__', '__mapper__', '__bind_key__', '__class__', '__dict__', '__init__', '_sa_instance_state', '_sa_registry', 'query_class', 'model', 'session', 'columns', 'c',
        'keys', 'items', 'values', 'get', 'pop', 'count', 'index', 'def', 'None', 'lambda', 'select', 'from', 'order', 'Order', 'ORDER', 'user', 'with space', 'two  spaces', ' leading', 'trailing ', 'br[0]', 'br[]', 'co:lon', ':colon',
        '{{ 7*7 }}', '{% if %}', '{0}', '%s', '%(x)s', '%', '100%', '%%', '<b>bold</b>', '<script>alert(1)</script>', 'q"uote', 'it''s', '`tick`', 'a.b', 'a,b', 'a;b', 'a=b', 'a&b', 'a+b', 'a?b', 'a#b', 'a/b', 'a\b', '..', '.', '~',
        'Ünï', E'U\u0308', '日本語', '🦄', E'line\nbreak', E'tab\there', E'\r', '0', '1', '-', '_', '__', '$', '*', '@', 'oid', 'rowid', '_rowid_', 'xmin_', 'is_file', 'file', 'type', 'length', 'charset', '_charset_', 'isindex', 'constructor', '__proto__',
        'id.state', 'number', 'password', 'theme', 'zone', 'next', 'user_', 'on', 'true', 'null', E'\u200b', 'col.name', 'begin', 'take', 'touched', 'problem', 'state', repeat('y', 63), repeat('é', 31) || 'y'] LOOP
        IF name = 'meta' THEN
            EXECUTE 'CREATE TABLE odd_columns (id integer PRIMARY KEY)';
        END IF;
        EXECUTE format('ALTER TABLE odd_columns ADD %I text', name);
    END LOOP;
    EXECUTE 'INSERT INTO odd_columns (id) VALUES (1), (2), (3)';
    FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = 'odd_columns'::regclass AND attnum > 1 LOOP
        EXECUTE format('UPDATE odd_columns SET %I = CASE id WHEN 1 THEN %L WHEN 2 THEN NULL ELSE %L END', name, 'value of ' || name, '');
    END LOOP;
    EXECUTE 'CREATE TABLE wide (id integer PRIMARY KEY, '
        || (SELECT string_agg(format('c%s %s', to_char(n, 'FM000'), (ARRAY['text', 'integer', 'numeric(10,2)', 'boolean', 'date', 'timestamptz'])[1 + n % 6]), ', ' ORDER BY n)
            FROM generate_series(1, 299) AS n) || ')';
    EXECUTE 'INSERT INTO wide (id, c001, c002, c003, c004, c005, c006) VALUES (1, 2, 3.50, true, ''2026-01-01'', now(), ''text''), (2, NULL, NULL, NULL, NULL, NULL, '''')';
END $$;
CREATE TABLE odd_keys ("a/b" text, "a,b" text, "%" text, "value" text, PRIMARY KEY ("a/b", "a,b", "%"));
INSERT INTO odd_keys VALUES ('1', '2', '3', '4'), ('', '', '', ''), ('/', ',', '%', NULL);
CREATE TABLE "id" ("id" integer PRIMARY KEY, "ID" integer, "Id" text, "iD" text);
INSERT INTO "id" VALUES (1, 2, '3', '4'), (2, NULL, NULL, '');
COMMENT ON TABLE "id" IS '<script>alert("comment")</script> {{ 7*7 }} — a comment with ''quotes'' & an ampersand';
COMMENT ON COLUMN "id"."Id" IS E'Two\nlines </title><b>bold</b> "quoted"';

-- == Partitioned, inherited, foreign, typed, views ===============================

CREATE TABLE part_range (id bigint GENERATED BY DEFAULT AS IDENTITY, day date NOT NULL, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE part_range_2025 PARTITION OF part_range FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE part_range_2026 PARTITION OF part_range FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (id);
CREATE TABLE part_range_2026_a PARTITION OF part_range_2026 FOR VALUES FROM (0) TO (3);
CREATE TABLE part_range_2026_rest PARTITION OF part_range_2026 DEFAULT;
INSERT INTO part_range (day, note) VALUES ('2025-05-05', 'x'), ('2026-01-01', 'a'), ('2026-12-31', NULL), ('2026-06-06', 'b');
CREATE TABLE part_no_key (day date, note text) PARTITION BY HASH (note);
CREATE TABLE part_no_key_0 PARTITION OF part_no_key FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_no_key_1 PARTITION OF part_no_key FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part_no_key VALUES ('2026-01-01', 'a'), ('2026-01-01', 'b'), ('2026-01-01', 'c'), ('2026-01-01', 'c'), (NULL, NULL);
CREATE TABLE fk_to_partitioned (id integer PRIMARY KEY, part_id bigint, part_day date, FOREIGN KEY (part_id, part_day) REFERENCES part_range);
INSERT INTO fk_to_partitioned VALUES (1, 1, '2025-05-05'), (2, NULL, NULL);
CREATE TABLE inherit_city (id integer PRIMARY KEY, name text);
CREATE TABLE inherit_capital (country text) INHERITS (inherit_city);  -- has no key of its own, and may repeat the parent's
INSERT INTO inherit_city VALUES (1, 'Gdańsk'), (2, 'Lyon');
INSERT INTO inherit_capital VALUES (3, 'Warszawa', 'PL'), (2, 'Paris', 'FR');
CREATE TABLE typed_table OF full_name (PRIMARY KEY (first));
INSERT INTO typed_table VALUES ('Ada', 'Lovelace', '1815-12-10'), ('', '', NULL);
CREATE UNLOGGED TABLE unlogged (id integer PRIMARY KEY, note text);
INSERT INTO unlogged VALUES (1, 'gone after a crash');
CREATE TABLE secured (id integer PRIMARY KEY, owner name DEFAULT current_user, note text);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON secured USING (owner = current_user);
INSERT INTO secured VALUES (1, 'postgres', 'mine'), (2, 'nobody', 'theirs');
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'postgres_fdw') THEN
        EXECUTE format('CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, dbname %L, port %L)',
                       split_part(current_setting('unix_socket_directories'), ',', 1), current_database(), current_setting('port'));
        EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER loopback OPTIONS (user %L, password_required ''false'')', current_user);
        CREATE FOREIGN TABLE foreign_rows (id integer NOT NULL, code text, title text) SERVER loopback OPTIONS (table_name 'fk_parent');
        CREATE FOREIGN TABLE foreign_missing (id integer) SERVER loopback OPTIONS (table_name 'there is no such table');
    END IF;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'file_fdw') THEN
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE foreign_file (id integer, name text) SERVER files OPTIONS (program 'echo 1,one; echo 2,two; echo 2,two', format 'csv');
    END IF;
END $$;
CREATE TABLE view_base (id integer PRIMARY KEY, name text NOT NULL, price numeric(10,2) CHECK (price >= 0), hidden boolean NOT NULL DEFAULT false);
INSERT INTO view_base VALUES (1, 'tea', 2.50, false), (2, 'coffee', 3.00, false), (3, 'secret', NULL, true);
CREATE VIEW view_updatable AS SELECT id, name, price FROM view_base WHERE NOT hidden;
CREATE VIEW view_checked AS SELECT * FROM view_base WHERE price < 3 WITH CASCADED CHECK OPTION;
CREATE VIEW view_partly AS SELECT id, name, upper(name) AS shout, price * 2 AS double_price FROM view_base;
CREATE VIEW view_renamed AS SELECT id AS "the key", name AS "new", price AS "a/b" FROM view_base;
CREATE VIEW view_without_key AS SELECT name, price FROM view_base;
CREATE VIEW view_of_view AS SELECT id, name FROM view_updatable;
CREATE VIEW view_joined AS SELECT c.id, p.title FROM fk_child c JOIN fk_parent p ON p.id = c.parent_id;
CREATE VIEW view_grouped AS SELECT hidden, count(*) AS count, sum(price) AS "sum" FROM view_base GROUP BY hidden;
CREATE VIEW view_union AS SELECT 1 AS id, 'a' AS t UNION ALL SELECT 1, 'a' UNION ALL SELECT NULL, NULL;
CREATE VIEW view_fails AS SELECT id, 1 / (id - 2) AS broken FROM view_base;
CREATE RECURSIVE VIEW view_recursive (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM view_recursive WHERE n < 5;
CREATE VIEW view_no_columns AS SELECT FROM view_base;
CREATE VIEW view_with_trigger AS SELECT id, name || '!' AS loud FROM view_base;
CREATE FUNCTION write_loud() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE view_base SET name = rtrim(NEW.loud, '!') WHERE id = OLD.id;
    RETURN NEW;
END $$;
CREATE TRIGGER loud INSTEAD OF UPDATE ON view_with_trigger FOR EACH ROW EXECUTE FUNCTION write_loud();
CREATE VIEW view_with_rule AS SELECT id, name AS silent FROM view_base;
CREATE RULE silent AS ON UPDATE TO view_with_rule DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW materialized AS SELECT id, name, price FROM view_base;
CREATE UNIQUE INDEX ON materialized (id);
CREATE MATERIALIZED VIEW materialized_empty AS SELECT id FROM view_base WITH NO DATA;

-- == Generated, identity, defaults ===============================================

CREATE TABLE generated_columns (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(10,2) NOT NULL DEFAULT 9.99,
    amount integer NOT NULL DEFAULT 1,
    total numeric GENERATED ALWAYS AS (price * amount) STORED,
    label text GENERATED ALWAYS AS ('no. ' || amount) VIRTUAL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(amount::text, ''))) STORED);
INSERT INTO generated_columns (price, amount) VALUES (1.10, 2), (0, 0), (9.99, 1);
CREATE TABLE identity_by_default (id bigint GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 10) PRIMARY KEY, note text);
INSERT INTO identity_by_default (note) VALUES ('a'), ('b');
INSERT INTO identity_by_default VALUES (1, 'given');
CREATE TABLE with_serial (id serial PRIMARY KEY, big bigserial, small smallserial, note text DEFAULT 'it''s a "default"');
INSERT INTO with_serial DEFAULT VALUES;
CREATE TABLE with_defaults (
    id uuid PRIMARY KEY DEFAULT uuidv7(), at timestamptz NOT NULL DEFAULT now(), day date DEFAULT CURRENT_DATE, who name DEFAULT current_user,
    empty text DEFAULT '', nothing text DEFAULT NULL, yes boolean DEFAULT true, list text[] DEFAULT '{}', doc jsonb NOT NULL DEFAULT '{}', code text DEFAULT 'a' || 'b', feeling mood DEFAULT 'ok', required text NOT NULL DEFAULT '');
INSERT INTO with_defaults DEFAULT VALUES;
INSERT INTO with_defaults DEFAULT VALUES;

-- == Rules, triggers, constraints ================================================

CREATE TABLE rules (
    id integer PRIMARY KEY,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in work', 'done', '', 'it''s')),
    level integer CHECK (level BETWEEN 1 AND 5),
    "Name" varchar(20) NOT NULL CHECK (length("Name") >= 2),
    share numeric(5,4) CHECK (share > 0 AND share <= 1),
    one_of_numbers integer CHECK (one_of_numbers IN (10, 20, 30)),
    begins date, ends date, CHECK (ends >= begins),
    anything jsonb CHECK (jsonb_typeof(anything) = 'object'),
    CONSTRAINT "odd <b>name</b>" CHECK (level <> 3 OR status <> 'done'));
INSERT INTO rules VALUES (1, 'open', 1, 'ab', 0.5, 10, '2026-01-01', '2026-01-02', '{}'), (2, '', NULL, 'Zoë', NULL, NULL, NULL, NULL, NULL), (3, 'it''s', 5, repeat('n', 20), 1, 30, 'infinity', 'infinity', '{"a":1}');
CREATE TABLE rules_unmet (id integer PRIMARY KEY, level integer, status text);  -- rows from before the rule
INSERT INTO rules_unmet VALUES (1, 99, 'gone'), (2, 1, 'open');
ALTER TABLE rules_unmet ADD CHECK (level <= 5) NOT VALID, ADD CHECK (status IN ('open', 'done')) NOT VALID;
CREATE TABLE uniques (id integer PRIMARY KEY, mail text, tenant integer, code text, alive boolean DEFAULT true, UNIQUE NULLS NOT DISTINCT (tenant, code), EXCLUDE (mail WITH =));
CREATE UNIQUE INDEX ON uniques (lower(mail));
CREATE UNIQUE INDEX ON uniques (code) WHERE alive;
INSERT INTO uniques VALUES (1, 'Ada@example.org', 1, 'a', true), (2, NULL, NULL, NULL, false), (3, 'b@example.org', 2, 'a', false);
CREATE TABLE triggers_change (id integer PRIMARY KEY, code text, changed_at timestamptz NOT NULL DEFAULT now(), version integer NOT NULL DEFAULT 1);
INSERT INTO triggers_change VALUES (1, 'ABC', '2026-01-01 00:00:00+00'), (2, 'lower', '2026-01-01 00:00:00.000001+00');
CREATE FUNCTION change_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.code := upper(NEW.code); NEW.changed_at := clock_timestamp(); NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER change BEFORE UPDATE ON triggers_change FOR EACH ROW EXECUTE FUNCTION change_row();
CREATE TABLE triggers_refuse (id integer PRIMARY KEY, note text);
INSERT INTO triggers_refuse VALUES (1, 'can''t be changed');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'Orders of last year are closed.' USING HINT = 'Ask <b>Ada</b>.'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON triggers_refuse FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE triggers_ignore (id integer PRIMARY KEY, note text);
INSERT INTO triggers_ignore VALUES (1, 'a change is dropped in silence');
CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER ignore BEFORE UPDATE ON triggers_ignore FOR EACH ROW EXECUTE FUNCTION ignore();
CREATE TABLE rule_ignores (id integer PRIMARY KEY, note text);
INSERT INTO rule_ignores VALUES (1, 'a rule takes the update away');
CREATE RULE ignore AS ON UPDATE TO rule_ignores DO INSTEAD NOTHING;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist') THEN
        CREATE TABLE key_temporal (id integer, valid daterange, note text, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
        INSERT INTO key_temporal VALUES (1, '[2026-01-01,2026-02-01)', 'a'), (1, '[2026-02-01,)', 'b'), (2, '(,)', NULL);
    END IF;
END $$;

-- == Types: one table each, "v" is the column ====================================

CREATE DOMAIN email AS text CHECK (VALUE ~ '@') CHECK (length(VALUE) <= 40);
CREATE DOMAIN positive AS integer NOT NULL DEFAULT 1 CHECK (VALUE > 0);
CREATE DOMAIN feeling AS mood CHECK (VALUE <> 'sad');
CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) <= 5);
CREATE DOMAIN work_email AS email CHECK (VALUE LIKE '%@example.org');
CREATE DOMAIN pence AS numeric(8,2) CHECK (VALUE BETWEEN 0 AND 1000);
CREATE TYPE floats AS RANGE (subtype = double precision);
CREATE TYPE address AS (street text, place point, "odd, name" integer[], owner full_name);

DO $$
DECLARE
    kind record;
    value text;
    number integer;
BEGIN
    FOR kind IN SELECT * FROM (VALUES
        ('smallint', 'smallint', ARRAY['0', '32767', '-32768']),
        ('integer', 'integer', ARRAY['0', '1', '-1', '2147483647', '-2147483648']),
        ('bigint', 'bigint', ARRAY['9223372036854775807', '-9223372036854775808', '9007199254740993']),
        ('numeric', 'numeric', ARRAY['0', '0.0', '0.00', '1.10', '-0.5', 'NaN', 'Infinity', '-Infinity', '12345678901234567890.123456789012345678901234567890', '1e100', '1e-100', '100']),
        ('numeric_10_2', 'numeric(10,2)', ARRAY['0', '1.1', '-99999999.99', '99999999.99', 'NaN']),
        ('numeric_2_5', 'numeric(2,5)', ARRAY['0.00012', '0']),
        ('numeric_3_minus2', 'numeric(3,-2)', ARRAY['12300', '-99900', '0']),
        ('real', 'real', ARRAY['0', '-0', '0.1', '3.4028235e38', '1e-45', 'NaN', 'Infinity', '-Infinity', '16777216', '1.1754944e-38']),
        ('double', 'double precision', ARRAY['0', '-0', '0.1', '0.30000000000000004', '1.7976931348623157e308', '5e-324', 'NaN', 'Infinity', '-Infinity', '1e15', '1e16', '100']),
        ('money', 'money', ARRAY['0', '1200.50', '-0.01', '92233720368547758.07', '-92233720368547758.08']),
        ('boolean', 'boolean', ARRAY['true', 'false']),
        ('text', 'text', ARRAY['', ' ', '  ', 'a ', ' a', E'\n', E'\na', E'\n\na', E'a\n', E'\r', E'a\rb', E'a\r\nb', E'a\nb\r\nc\rd', E'\r\n', E'\r\na', E'\t', E'\x01\x02\x1f\x7f', E'\x0b\x0c', E'\u0085', E'\u00a0', E'\u2028', E'\ufeff', E'\ufeffa', E'\ufffd', E'\ufffe\uffff',
             'NULL', 'null', 'None', '<b>&amp;</b>', '</textarea>', '</textarea><script>alert(1)</script>', '<!-- -->', ']]>', '&quot;', '&#13;', '&#0;', '"''`', '\', '\n', '%s %(x)s %%', '{{ 7*7 }}', '{% raw %}', '{# #}', '${x}', '=1+1', '🦄', '👨‍👩‍👧‍👦',
             E'e\u0301', 'é', E'\u202eabc', 'مرحبا', repeat('long ', 500), repeat('x', 70000)]),
        ('text_huge', 'text', ARRAY[repeat('0123456789', 50000), repeat(E'line\r\n', 60000)]),
        ('varchar', 'varchar', ARRAY['', 'a', E'a\nb']),
        ('varchar_5', 'varchar(5)', ARRAY['', 'abcde', 'a    ', E'a\r\nb', '日本語日本', '🦄🦄🦄🦄🦄']),
        ('varchar_200', 'varchar(200)', ARRAY['', E'\r', E'a\rb', E'a\r\nb', repeat(E'\n', 200), repeat('🦄', 200)]),
        ('char_5', 'char(5)', ARRAY['', 'a', 'abcde', ' a', 'é', E'a\nb']),
        ('char', 'char', ARRAY['', 'a', ' ', '🦄']),
        ('bpchar', 'bpchar', ARRAY['a  ', 'b', '', '   ']),
        ('one_char', '"char"', ARRAY['', 'a', '/', E'\\377', E'\\000']),
        ('name', 'name', ARRAY['', 'a b', repeat('x', 63), '"q"']),
        ('enum', 'mood', ARRAY['sad', '', 'it''s, "so" so', ' spaced ', '🦄', 'a,b']),
        ('domain_email', 'email', ARRAY['a@b', '@']),
        ('domain_positive', 'positive', ARRAY['1', '2147483647']),
        ('domain_feeling', 'feeling', ARRAY['ok', '']),
        ('domain_tags', 'tags', ARRAY['{}', '{a,"b,c"}']),
        ('domain_of_domain', 'work_email', ARRAY['a@example.org']),
        ('domain_pence', 'pence', ARRAY['0.00', '1000', '1.50']),
        ('bytea', 'bytea', ARRAY['\x', '\x00', '\xff00ff', '\x89504e470d0a1a0a', '\x68656c6c6f', '\xffd8ffe0']),
        ('bytea_large', 'bytea', ARRAY['\x' || repeat('00ff', 200000)]),
        ('date', 'date', ARRAY['2026-11-22', '2024-02-29', 'infinity', '-infinity', '0044-03-15 BC', '4713-01-01 BC', '0001-01-01', '10000-01-01', '5874897-12-31', '9999-12-31']),
        ('time', 'time', ARRAY['00:00', '24:00', '23:59:59.999999', '10:11', '10:11:12.1']),
        ('time_0', 'time(0)', ARRAY['00:00:01', '23:59:59']),
        ('timetz', 'timetz', ARRAY['00:00+00', '10:11:12.123456+05:30', '24:00-12', '10:00+15:59:59']),
        ('timestamp', 'timestamp', ARRAY['2026-11-22 10:11:12', '2026-11-22 10:11:12.123456', '2026-11-22 10:11:12.1', '2026-03-29 02:30', 'infinity', '-infinity', '0044-03-15 10:00:00 BC', '0044-03-15 10:00:00.5 BC', '10000-01-01 00:00', '294276-12-31 23:59:59.999999', '0001-01-01 00:00', '9999-12-31 23:59:59.999999']),
        ('timestamp_0', 'timestamp(0)', ARRAY['2026-11-22 10:11:12']),
        ('timestamptz', 'timestamptz', ARRAY['2026-11-22 10:11:12+00', '2026-11-22 10:11:12.123456+02', '2026-10-25 00:30:00+00', '2026-10-25 01:30:00+00', '2026-03-29 01:30+00', 'infinity', '-infinity', '0044-03-15 10:00:00+00 BC', '10000-01-01 00:00+00', '0001-01-01 00:00+00', '1883-11-18 12:00+00', '9999-12-31 23:59:59.999999+00', '1500-01-01 00:00+00']),
        ('interval', 'interval', ARRAY['0', '1 day', '-1 day +02:03', '1 year 2 mons 3 days 04:05:06.789', '-00:00:00.000001', '100 years', 'infinity', '-infinity', '25:00:00', '1 day 25:00:00']),
        ('interval_months', 'interval year to month', ARRAY['1 year 2 mons']),
        ('uuid', 'uuid', ARRAY['00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11']),
        ('json', 'json', ARRAY['null', '""', '{}', '[]', '{"a":1,"a":2}', '{ "a" :  1 }', '12345678901234567890123', '1.0', '1e400', '-0', '"\u0000"', '"\ud83e\udd84"', '"é"', E'{\n  "a":\t[1,\r\n2]}', '  1', '"<b>&amp;</b>"', 'true', repeat('[', 500) || repeat(']', 500)]),
        ('jsonb', 'jsonb', ARRAY['null', '""', '{}', '[]', '{"a": 1, "b": [1, 2, {"c": null}]}', '12345678901234567890123', '1.0', '1.10', '1e40', '"🦄"', '{"": ""}', '[[], {}, [{}], {"a": []}]', '{"long": "' || repeat('x', 300) || '"}', '{"tricky": "{\"a\": [1, 2], \"b\": \"}\"}", "spaces": "  two  ", "n": [1.0, 1.00, 100000000000000000000000000000000]}',
              '"' || repeat('a, b: {c} [d] ', 20) || '"', '[' || repeat('1, ', 300) || '2]']),
        ('jsonpath', 'jsonpath', ARRAY['$.a[*] ? (@ > 1)']),
        ('xml', 'xml', ARRAY['<a/>', '<a b="c">d &amp; e</a>', 'text only', E'<?xml version="1.0"?>\n<a>\n</a>']),
        ('inet', 'inet', ARRAY['192.168.0.1', '192.168.0.1/24', '::1', '2001:db8::1/64', '0.0.0.0/0']),
        ('cidr', 'cidr', ARRAY['192.168.0.0/24', '10.0.0.1/32', '::/0']),
        ('macaddr', 'macaddr', ARRAY['08:00:2b:01:02:03']),
        ('macaddr8', 'macaddr8', ARRAY['08:00:2b:01:02:03:04:05']),
        ('bit', 'bit(3)', ARRAY['000', '101']),
        ('bit_1', 'bit', ARRAY['0', '1']),
        ('varbit', 'varbit', ARRAY['', '0', '0101', repeat('01', 100)]),
        ('varbit_4', 'varbit(4)', ARRAY['', '1111']),
        ('tsvector', 'tsvector', ARRAY['', '''a'':1 ''b'':2A', '''it''''s'' ''two words''']),
        ('tsquery', 'tsquery', ARRAY['', '''a'' & ''b''', '!''c'' <-> ''d'':*']),
        ('int_array', 'integer[]', ARRAY['{}', '{1,2}', '{NULL}', '{{1,2},{3,4}}', '[5:6]={7,8}', '[0:1][2:2]={{1},{2}}']),
        ('text_array', 'text[]', ARRAY['{}', '{""}', '{NULL,"NULL"}', '{"a,b","c\"d","e\\f"}', '{" "}', '{"{}"}', E'{"line\nbreak","\r\n"}', '{{a,b},{c,d}}', '{🦄}']),
        ('date_array', 'date[]', ARRAY['{infinity,"0044-03-15 BC"}']),
        ('enum_array', 'mood[]', ARRAY['{sad,"","a,b"}', '{}']),
        ('bytea_array', 'bytea[]', ARRAY['{"\\x00","\\xff"}']),
        ('jsonb_array', 'jsonb[]', ARRAY['{"{\"a\": 1}",NULL}']),
        ('numeric_array', 'numeric(5,2)[]', ARRAY['{1.10,NaN}']),
        ('varchar_array', 'varchar(3)[]', ARRAY['{abc,""}']),
        ('record_array', 'full_name[]', ARRAY['{"(Ada,\"Love, lace\",)"}']),
        ('timestamptz_array', 'timestamptz[]', ARRAY['{"2026-11-22 10:11:12.123456+02"}']),
        ('int4range', 'int4range', ARRAY['empty', '[1,5)', '(,)', '[1,)']),
        ('numrange', 'numrange', ARRAY['[1.10,2.20]', '(1,2)', 'empty']),
        ('tsrange', 'tsrange', ARRAY['["2026-01-01 00:00","2026-01-02 12:30:00.5")', '[infinity,)']),
        ('tstzrange', 'tstzrange', ARRAY['["2026-01-01 00:00+00",)']),
        ('daterange', 'daterange', ARRAY['[2026-01-01,2026-02-01)', '(,)']),
        ('floats', 'floats', ARRAY['[0.1,NaN]', 'empty']),
        ('int4multirange', 'int4multirange', ARRAY['{}', '{[1,3),[5,7)}', '{(,)}']),
        ('datemultirange', 'datemultirange', ARRAY['{[2026-01-01,2026-02-01),[2026-03-01,)}']),
        ('point', 'point', ARRAY['(1.5,-2)', '(NaN,Infinity)', '(-0,0.1)']),
        ('line', 'line', ARRAY['{1,2,3}']),
        ('lseg', 'lseg', ARRAY['[(1,2),(3,4)]']),
        ('box', 'box', ARRAY['(3,4),(1,2)']),
        ('path', 'path', ARRAY['[(1,2),(3,4)]', '((1,2),(3,4))']),
        ('polygon', 'polygon', ARRAY['((1,2),(3,4),(5,6))']),
        ('circle', 'circle', ARRAY['<(1,2),3>', '<(0.1,0),0>']),
        ('box_array', 'box[]', ARRAY['{(3,4),(1,2);(1,1),(0,0)}']),
        ('record', 'full_name', ARRAY['(Ada,Lovelace,1815-12-10)', '(,,)', '("","a,b",infinity)', '("(x)","\\\"",)']),
        ('record_nested', 'address', ARRAY['("Main St","(1,2)","{1,2}","(Ada,\"Love, lace\",)")', '(,,,)']),
        ('oid', 'oid', ARRAY['0', '4294967295', '1259']),
        ('regclass', 'regclass', ARRAY['fk_parent', 'other.fk_parent', '"order"', '0']),
        ('regtype', 'regtype', ARRAY['integer', 'mood', 'text[]']),
        ('regproc', 'regproc', ARRAY['now', '-']),
        ('regrole', 'regrole', ARRAY['pg_monitor']),
        ('pg_lsn', 'pg_lsn', ARRAY['16/B374D848', '0/0']),
        ('pg_snapshot', 'pg_snapshot', ARRAY['10:20:10,14,15']),
        ('xid', 'xid', ARRAY['0', '4294967295']),
        ('xid8', 'xid8', ARRAY['0', '18446744073709551615']),
        ('tid', 'tid', ARRAY['(0,1)']),
        ('cid', 'cid', ARRAY['7']),
        ('aclitem', 'aclitem', ARRAY['=r/postgres']),
        ('int2vector', 'int2vector', ARRAY['1 2 3', '']),
        ('refcursor', 'refcursor', ARRAY['a cursor']),
        ('hstore', 'hstore', ARRAY['', '"a"=>"1", "b"=>NULL', '"q\"uote"=>"a,b", ""=>""']),
        ('citext', 'citext', ARRAY['', 'MiXed', E'a\r\nb']),
        ('citext_array', 'citext[]', ARRAY['{A,a}']),
        ('ltree', 'ltree', ARRAY['', 'Top.Science.Astronomy']),
        ('lquery', 'lquery', ARRAY['*.Astronomy.*{1,2}']),
        ('cube', 'cube', ARRAY['(1, 2, 3)', '(0),(1)']),
        ('seg', 'seg', ARRAY['1.5 .. 2.50', '~3']),
        ('isbn', 'isbn13', ARRAY['978-0-393-04002-9']),
        ('vector', 'vector(3)', ARRAY['[1,2.5,-3]'])
    ) AS kinds (title, type, samples) LOOP
        IF to_regtype(kind.type) IS NULL THEN
            CONTINUE;  -- an extension that this server doesn't have
        END IF;
        EXECUTE format('CREATE TABLE %I (id integer PRIMARY KEY, v %s, note text)', 'type_' || kind.title, kind.type);
        number := 0;
        FOREACH value IN ARRAY kind.samples LOOP
            number := number + 1;
            BEGIN
                EXECUTE format('INSERT INTO %I VALUES ($1, $2::%s, $3)', 'type_' || kind.title, kind.type) USING number, value, 'no. ' || number;
            EXCEPTION WHEN feature_not_supported THEN
                NULL;  -- xml on a server that was built without it
            END;
        END LOOP;
        IF kind.type NOT IN ('positive') THEN
            EXECUTE format('INSERT INTO %I VALUES ($1, NULL, NULL)', 'type_' || kind.title) USING number + 1;
        END IF;
    END LOOP;
END $$;
CREATE TABLE not_null_everything (id integer PRIMARY KEY, t text NOT NULL, i integer NOT NULL, b boolean NOT NULL, n numeric(4,1) NOT NULL, d date NOT NULL,
    ts timestamptz NOT NULL, j json NOT NULL, by bytea NOT NULL, a text[] NOT NULL, e mood NOT NULL, c char(3) NOT NULL, u uuid NOT NULL, iv interval NOT NULL, h varbit NOT NULL, v tsvector NOT NULL);
INSERT INTO not_null_everything VALUES
    (1, '', 0, false, 0, '2026-01-01', '2026-01-01 00:00+00', '{}', '', '{}', '', '', '00000000-0000-0000-0000-000000000000', '0', '', ''),
    (2, E'\n', -1, true, -999.9, 'infinity', 'infinity', ' [ ] ', '\x00', '{NULL}', 'a,b', 'abc', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '1 mon', '1', '''a''');
CREATE SCHEMA archive;  -- many rows, for paging
CREATE TABLE archive.entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text, at timestamptz, rank integer);
INSERT INTO archive.entries (title, at, rank) SELECT CASE WHEN n % 7 = 0 THEN NULL ELSE 'Entry ' || n % 10 END, timestamptz '2026-01-01 00:00+00' + n * interval '1 hour', nullif(n % 5, 0) FROM generate_series(1, 230) AS n;
ANALYZE;
