-- An SQLite database that holds everything that makes an admin tool stumble. Needs SQLite 3.37 with FTS5 and R*Tree.
-- Built by weird.py, which lends it the collation "app_order" and the function app_function() that only "its application" has.

PRAGMA foreign_keys = OFF;

-- == No key, no type =============================================================

CREATE TABLE no_key (a, b TEXT, c INTEGER);
INSERT INTO no_key VALUES (1, 'one', 1), (2, 'two', NULL), (2, 'two', NULL), (NULL, NULL, NULL), (NULL, NULL, NULL), ('', '', ''), (x'00', x'ff', 1.5);
CREATE TABLE no_key_but_unique (code TEXT UNIQUE, value INTEGER);
INSERT INTO no_key_but_unique VALUES ('a', 1), (NULL, 2), (NULL, 2), ('', 3);
CREATE TABLE no_rows (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE only_a_key (id INTEGER PRIMARY KEY);
INSERT INTO only_a_key VALUES (1), (-1), (0), (9223372036854775807), (-9223372036854775808);
CREATE TABLE without_types (id PRIMARY KEY, a, b, c);
INSERT INTO without_types VALUES (1, 1, 'one', 1.0), ('1', '1', x'31', NULL), (1.5, -0.0, 9e999, -9e999), (x'31', x'', '', ' '), (NULL, NULL, NULL, NULL), (NULL, 'a' || char(0) || 'b', CAST(x'ff41' AS TEXT), char(13)),
    (9223372036854775807, -9223372036854775808, 9223372036854775808.0, 1e15), (1e15, 1e16, 0.1, 1e-320);
CREATE TABLE rowid_taken (rowid TEXT, note TEXT);  -- _rowid_ and oid still are the real one
INSERT INTO rowid_taken VALUES ('a', 'one'), ('a', 'one'), (NULL, 'two');
CREATE TABLE rowid_all_taken (rowid TEXT, oid TEXT, _rowid_ TEXT);  -- no way to the real one: by all old values
INSERT INTO rowid_all_taken VALUES ('a', 'b', 'c'), ('a', 'b', 'd'), ('x', 'y', 'z'), ('x', 'y', 'z'), (NULL, NULL, NULL), (x'00', 1, 1.5), ('1', '1', '1'), (1, 1, 1);
CREATE TABLE rowid_is_key (oid INTEGER PRIMARY KEY, rowid TEXT);
INSERT INTO rowid_is_key VALUES (7, '8'), (8, '7');

-- == Keys ========================================================================

CREATE TABLE key_text (key TEXT PRIMARY KEY, note TEXT);
INSERT OR IGNORE INTO key_text WITH k(key) AS (VALUES
    ('/'), (','), ('&'), ('?'), ('%'), ('"'), (''''), ('#'), ('~'), ('.'), ('..'), ('...'), (''), (' '), ('  '), (char(10)), (char(13, 10)), (char(13)), (char(9)), ('a/b'), ('/a'), ('a/'), ('a//b'),
    ('a,b'), ('a&b=c'), ('a?b'), ('100%'), ('%2F'), ('%00'), ('~2F'), ('~n'), ('~null'), ('~~'), ('NULL'), ('null'), ('None'), ('new'), ('edit'), ('delete'), ('status'), ('static'), ('a.b'), ('./a'), ('../a'),
    ('a b'), (' a'), ('a '), ('a+b'), ('a;b'), (':'), ('@'), ('='), ('\'), ('C:\x'), ('|'), ('$'), ('!'), ('*'), ('('), ('['), ('{{ 7*7 }}'), ('<b>'), ('</script>'), ('&amp;'), ('é'), ('e' || char(769)), ('ß'), ('ı'),
    ('日本語'), ('עברית'), ('🦄'), ('👨‍👩‍👧‍👦'), (char(8203)), (char(8232)), (char(65279)), (char(65533)), (char(65535)), (char(1)), (char(127)), (char(133)), ('-'), ('_'), ('0'), ('-1'), ('1e5'), ('01'), ('1.0'), ('true'),
    ('a' || char(0) || 'b'), (char(0)), (CAST(x'ff' AS TEXT)), (CAST(x'c3' AS TEXT)), (CAST(x'eda080' AS TEXT)), (NULL), (NULL), (x'2f'), (x''), (x'00'), (replace(hex(zeroblob(1000)), '00', 'xy')), ('edit/'), ('0x00'), ('1,2'), ('''a'''))
    SELECT key, 'note of it' FROM k;
INSERT INTO key_text VALUES (NULL, 'a third NULL');
CREATE TABLE key_composite (a TEXT, b TEXT, c INTEGER, note TEXT, PRIMARY KEY (a, b, c));
INSERT INTO key_composite VALUES ('a,b', 'c', 1, 'x'), ('a', 'b,c', 1, 'y'), ('', '', 0, NULL), (',', '', 0, ''), ('', ',', 0, ' '), ('.', '..', 2, '2'), ('new', 'edit', 3, '3'), ('a/b', 'c/d', 4, '4'), ('🦄', char(10), 5, '5'),
    (NULL, NULL, NULL, 'n'), (NULL, NULL, NULL, 'n'), (NULL, 'b', 1, 'half'), (x'61', 'b', 'c', 'classes'), ('1', 1, '1', 'more classes');
CREATE TABLE key_composite_without_rowid (z INTEGER, y TEXT, x REAL, note TEXT, PRIMARY KEY (x, y, z)) WITHOUT ROWID;
INSERT INTO key_composite_without_rowid VALUES (1, 'a', 0.1, 'x'), (1, '', -0.0, 'y'), (2, ',', 9e999, NULL), ('text', x'ff', 'real?', '');
CREATE TABLE key_blob (key BLOB PRIMARY KEY, note TEXT);
INSERT INTO key_blob VALUES (x'', 'empty'), (x'00', 'nul'), (x'2f2c', 'slash'), (x'ff', NULL), ('text', 'text'), (1, 'one'), (NULL, 'null'), (randomblob(0), 'again empty') ON CONFLICT DO NOTHING;
CREATE TABLE key_blob_without_rowid (key BLOB PRIMARY KEY, note TEXT) WITHOUT ROWID;
INSERT INTO key_blob_without_rowid VALUES (x'', 'empty'), (x'00', 'nul'), ('', 'empty text'), ('a' || char(0), 'nul in text'), (CAST(x'ff' AS TEXT), 'bad text');
CREATE TABLE key_real (key REAL PRIMARY KEY, note TEXT);
INSERT INTO key_real VALUES (0.1, 'a'), (-0.0, 'b'), (9e999, 'c'), (-9e999, 'd'), (1e300, 'e'), (5e-324, 'f'), (0.30000000000000004, 'g'), (1, 'h'), ('not a number', 'i'), (NULL, 'j'), (123456789012345680, 'k');
CREATE TABLE key_integer_not_rowid (key INT PRIMARY KEY, note TEXT);  -- INT isn't INTEGER: may be NULL
INSERT INTO key_integer_not_rowid VALUES (1, 'a'), (NULL, 'b'), (NULL, 'c'), ('x', 'd'), (1.5, 'e'), (9223372036854775807, 'f');
CREATE TABLE key_descending (key INTEGER PRIMARY KEY DESC, note TEXT);  -- the old trap: not the rowid
INSERT INTO key_descending VALUES (1, 'a'), (2, 'b'), (NULL, 'c');
CREATE TABLE key_nocase (key TEXT COLLATE NOCASE PRIMARY KEY, note TEXT);
INSERT INTO key_nocase VALUES ('Abc', 'one'), ('ä', 'two'), ('Ä', 'three');
CREATE TABLE key_rtrim (key TEXT COLLATE RTRIM PRIMARY KEY, note TEXT) WITHOUT ROWID;
INSERT INTO key_rtrim VALUES ('a  ', 'one'), ('b', 'two');
CREATE TABLE key_date (key DATE PRIMARY KEY, moment TIMESTAMP UNIQUE, note TEXT);
INSERT INTO key_date VALUES ('2026-11-22', '2026-11-22 10:11:12.123456', 'a'), ('22.11.2026', '10:00', 'b'), (20261122, 1763806272, 'c'), ('', '', 'd'), ('2026-02-30', '2026-02-30T25:00', 'e'), (NULL, NULL, 'f');
CREATE TABLE key_uuid (key UUID PRIMARY KEY, note TEXT);
INSERT INTO key_uuid VALUES ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'a'), ('6BA7B8109DAD11D180B400C04FD430C8', 'b'), (x'6ba7b8109dad11d180b400c04fd430c8', 'c'), ('not one', 'd');
CREATE TABLE key_bool (key BOOLEAN PRIMARY KEY, note TEXT);
INSERT INTO key_bool VALUES (0, 'a'), (1, 'b'), ('t', 'c'), ('f', 'd'), ('true', 'e'), (NULL, 'f'), (2, 'g');
CREATE TABLE key_is_foreign (parent TEXT PRIMARY KEY REFERENCES key_text (key) ON UPDATE CASCADE, note TEXT) WITHOUT ROWID;
INSERT INTO key_is_foreign VALUES ('a/b', 'slash'), ('', 'empty'), ('🦄', 'unicorn'), (char(10), 'line');
CREATE TABLE "key/1" ("a/b" TEXT, "a,b" TEXT, "%" TEXT, "value" TEXT, PRIMARY KEY ("a/b", "a,b", "%"));
INSERT INTO "key/1" VALUES ('1', '2', '3', '4'), ('', '', '', ''), ('/', ',', '%', NULL);

-- == Foreign keys ================================================================

CREATE TABLE fk_parent (id INTEGER PRIMARY KEY, code TEXT UNIQUE, part_a INTEGER, part_b TEXT, title TEXT, UNIQUE (part_a, part_b));
INSERT INTO fk_parent VALUES (1, 'one', 1, 'a', 'First'), (2, 'two', 1, 'b', NULL), (3, NULL, NULL, 'c', ''), (4, 'a/b', 2, ',', '<b>bold</b> & {{ 7*7 }}');
CREATE TABLE fk_child (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES fk_parent ON DELETE CASCADE,
    second_parent_id INTEGER REFERENCES fk_parent ON DELETE SET NULL,
    code TEXT REFERENCES fk_parent (code) ON UPDATE CASCADE,
    part_a INTEGER, part_b TEXT,
    fallback INTEGER DEFAULT 1 REFERENCES fk_parent ON DELETE SET DEFAULT,
    restricted INTEGER REFERENCES FK_Parent (ID) ON DELETE RESTRICT,  -- names fold
    FOREIGN KEY (part_a, part_b) REFERENCES fk_parent (part_a, part_b));
INSERT INTO fk_child VALUES (1, 1, 2, 'one', 1, 'a', 1, 3), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 4, 4, 'a/b', 2, ',', 4, 4), (4, 2, 2, 'two', 7, NULL, 1, NULL), (5, '1', '1', 1, '1', 'a', '1', 1.0);
CREATE TABLE fk_composite_child (n INTEGER, a TEXT, b TEXT, c INTEGER, PRIMARY KEY (n, a), FOREIGN KEY (a, b, c) REFERENCES key_composite DEFERRABLE INITIALLY DEFERRED);
INSERT INTO fk_composite_child VALUES (1, 'a,b', 'c', 1), (2, 'a', 'b,c', 1), (3, '', '', 0), (4, 'x', NULL, NULL);
CREATE TABLE fk_self (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss INTEGER REFERENCES fk_self);
INSERT INTO fk_self VALUES (1, 'Ouroboros', 1), (2, 'Ada', NULL), (3, 'Grace', 2), (4, 'Mary', 3);
CREATE TABLE fk_circle_a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES fk_circle_b DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE fk_circle_b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES fk_circle_a DEFERRABLE INITIALLY DEFERRED);
INSERT INTO fk_circle_a VALUES (1, 1), (2, 2);
INSERT INTO fk_circle_b VALUES (1, 2), (2, 1);
CREATE TABLE fk_dangling (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES fk_parent, gone INTEGER REFERENCES "no such table", gone_column INTEGER REFERENCES fk_parent (nope),
    not_unique INTEGER REFERENCES fk_parent (part_a), note TEXT);
INSERT INTO fk_dangling VALUES (1, 1, 1, 1, 1, 'fine?'), (2, 99, 99, 99, 99, 'dangling'), (3, NULL, NULL, NULL, NULL, NULL), (4, 'x', x'00', 1.5, '', '');
CREATE TABLE fk_wrong_count (id INTEGER PRIMARY KEY, a TEXT, b TEXT, FOREIGN KEY (a, b) REFERENCES key_composite);  -- two columns refer to a key of three
INSERT INTO fk_wrong_count VALUES (1, NULL, NULL), (2, 'a', 'b');
CREATE TABLE fk_to_view (id INTEGER PRIMARY KEY, v INTEGER REFERENCES view_plain (id));
INSERT INTO fk_to_view VALUES (1, NULL), (2, 1);
CREATE TABLE fk_twice (id INTEGER PRIMARY KEY, x INTEGER REFERENCES fk_parent REFERENCES fk_self);
INSERT INTO fk_twice VALUES (1, 1), (2, 2), (3, NULL);
CREATE TABLE fk_many_to_many (parent INTEGER REFERENCES fk_parent, self INTEGER REFERENCES fk_self, PRIMARY KEY (parent, self)) WITHOUT ROWID;
INSERT INTO fk_many_to_many VALUES (1, 1), (1, 2), (2, 1);
CREATE TABLE fk_odd_keys (id INTEGER PRIMARY KEY, t TEXT REFERENCES key_text, b BLOB REFERENCES key_blob, r REAL REFERENCES key_real, n REFERENCES without_types, d DATE REFERENCES key_date);
INSERT INTO fk_odd_keys VALUES (1, '/', x'00', 0.1, 1, '2026-11-22'), (2, 'a' || char(0) || 'b', 'text', 9e999, '1', ''), (3, CAST(x'ff' AS TEXT), x'', -0.0, x'31', NULL), (4, x'2f', 1, 'not a number', 1.5, 20261122);

-- == Names (PRAGMA table_list folds case, so none differ by case only) ==========

CREATE TABLE "select" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "select");
CREATE TABLE "Order" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "Order");
CREATE TABLE "user" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "user");
CREATE TABLE "group" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "group");
CREATE TABLE "table" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "table");
CREATE TABLE "from" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "from");
CREATE TABLE "index" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "index");
CREATE TABLE "table.with.dots" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "table.with.dots");
CREATE TABLE "100% sure" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "100% sure");
CREATE TABLE "%s" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "%s");
CREATE TABLE "%(name)s" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "%(name)s");
CREATE TABLE ":name" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES ":name");
CREATE TABLE "a/b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a/b");
CREATE TABLE "/" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "/");
CREATE TABLE "//" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "//");
CREATE TABLE "a//b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a//b");
CREATE TABLE "quote""d" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "quote""d");
CREATE TABLE "it's" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "it's");
CREATE TABLE "`tick`" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "`tick`");
CREATE TABLE "[bracket]" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "[bracket]");
CREATE TABLE "two  spaces" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "two  spaces");
CREATE TABLE " leading" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES " leading");
CREATE TABLE "trailing " (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "trailing ");
CREATE TABLE "ünïcödé" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "ünïcödé");
CREATE TABLE "ü" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "ü");
CREATE TABLE "ß" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "ß");
CREATE TABLE "日本語" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "日本語");
CREATE TABLE "مرحبا" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "مرحبا");
CREATE TABLE "עברית" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "עברית");
CREATE TABLE "Ελλάδα" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "Ελλάδα");
CREATE TABLE "Привет" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "Привет");
CREATE TABLE "🦄" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "🦄");
CREATE TABLE "new" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "new");
CREATE TABLE "edit" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "edit");
CREATE TABLE "status" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "status");
CREATE TABLE "sign-in" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "sign-in");
CREATE TABLE "sign-out" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "sign-out");
CREATE TABLE "preferences" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "preferences");
CREATE TABLE "static" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "static");
CREATE TABLE "healthz" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "healthz");
CREATE TABLE "readyz" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "readyz");
CREATE TABLE "admin" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "admin");
CREATE TABLE "metadata" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "metadata");
CREATE TABLE "registry" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "registry");
CREATE TABLE "query" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "query");
CREATE TABLE "self" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "self");
CREATE TABLE "class" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "class");
CREATE TABLE "None" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "None");
CREATE TABLE "True" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "True");
CREATE TABLE "__class__" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "__class__");
CREATE TABLE "__init__" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "__init__");
CREATE TABLE "def" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "def");
CREATE TABLE "Base" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "Base");
CREATE TABLE "Model" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "Model");
CREATE TABLE ".." (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "..");
CREATE TABLE "." (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES ".");
CREATE TABLE "..." (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "...");
CREATE TABLE "a:b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a:b");
CREATE TABLE "a?b=c&d" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a?b=c&d");
CREATE TABLE "#hash" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "#hash");
CREATE TABLE "~tilde" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "~tilde");
CREATE TABLE "~2F" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "~2F");
CREATE TABLE "a%2Fb" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a%2Fb");
CREATE TABLE "%2e%2e" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "%2e%2e");
CREATE TABLE "<script>alert(1)</script>" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "<script>alert(1)</script>");
CREATE TABLE "{{ 7*7 }}" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "{{ 7*7 }}");
CREATE TABLE "{% raw %}" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "{% raw %}");
CREATE TABLE "line
break" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "line
break");
CREATE TABLE "tab	here" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "tab	here");
CREATE TABLE "" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "");
CREATE TABLE "back\slash" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "back\slash");
CREATE TABLE "-" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "-");
CREATE TABLE "_" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "_");
CREATE TABLE "0" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "0");
CREATE TABLE "1abc" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "1abc");
CREATE TABLE "-1" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "-1");
CREATE TABLE "a,b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a,b");
CREATE TABLE "a;b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a;b");
CREATE TABLE "*" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "*");
CREATE TABLE "$1" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "$1");
CREATE TABLE "@" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "@");
CREATE TABLE "=" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "=");
CREATE TABLE "|" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "|");
CREATE TABLE "CON" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "CON");
CREATE TABLE "nul.txt" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "nul.txt");
CREATE TABLE "pg_catalog" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "pg_catalog");
CREATE TABLE "main.x" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "main.x");
CREATE TABLE "temp.x" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "temp.x");
CREATE TABLE "main" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "main");
CREATE TABLE "temp" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "temp");
CREATE TABLE "a@b" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "a@b");
CREATE TABLE "p" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "p");
CREATE TABLE "g" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "g");
CREATE TABLE "request" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "request");
CREATE TABLE "session" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "session");
CREATE TABLE "style" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "style");
CREATE TABLE "script" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "script");
CREATE TABLE "​" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "​");
CREATE TABLE "‮" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "‮");
CREATE TABLE "" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "");
CREATE TABLE "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
CREATE TABLE "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, self INTEGER REFERENCES "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé");
INSERT INTO "select" VALUES (1, 'select', NULL), (2, 'second', 1);
INSERT INTO "Order" VALUES (1, 'Order', NULL), (2, 'second', 1);
INSERT INTO "user" VALUES (1, 'user', NULL), (2, 'second', 1);
INSERT INTO "group" VALUES (1, 'group', NULL), (2, 'second', 1);
INSERT INTO "table" VALUES (1, 'table', NULL), (2, 'second', 1);
INSERT INTO "from" VALUES (1, 'from', NULL), (2, 'second', 1);
INSERT INTO "index" VALUES (1, 'index', NULL), (2, 'second', 1);
INSERT INTO "table.with.dots" VALUES (1, 'table.with.dots', NULL), (2, 'second', 1);
INSERT INTO "100% sure" VALUES (1, '100% sure', NULL), (2, 'second', 1);
INSERT INTO "%s" VALUES (1, '%s', NULL), (2, 'second', 1);
INSERT INTO "%(name)s" VALUES (1, '%(name)s', NULL), (2, 'second', 1);
INSERT INTO ":name" VALUES (1, ':name', NULL), (2, 'second', 1);
INSERT INTO "a/b" VALUES (1, 'a/b', NULL), (2, 'second', 1);
INSERT INTO "/" VALUES (1, '/', NULL), (2, 'second', 1);
INSERT INTO "//" VALUES (1, '//', NULL), (2, 'second', 1);
INSERT INTO "a//b" VALUES (1, 'a//b', NULL), (2, 'second', 1);
INSERT INTO "quote""d" VALUES (1, 'quote"d', NULL), (2, 'second', 1);
INSERT INTO "it's" VALUES (1, 'it''s', NULL), (2, 'second', 1);
INSERT INTO "`tick`" VALUES (1, '`tick`', NULL), (2, 'second', 1);
INSERT INTO "[bracket]" VALUES (1, '[bracket]', NULL), (2, 'second', 1);
INSERT INTO "two  spaces" VALUES (1, 'two  spaces', NULL), (2, 'second', 1);
INSERT INTO " leading" VALUES (1, ' leading', NULL), (2, 'second', 1);
INSERT INTO "trailing " VALUES (1, 'trailing ', NULL), (2, 'second', 1);
INSERT INTO "ünïcödé" VALUES (1, 'ünïcödé', NULL), (2, 'second', 1);
INSERT INTO "ü" VALUES (1, 'ü', NULL), (2, 'second', 1);
INSERT INTO "ß" VALUES (1, 'ß', NULL), (2, 'second', 1);
INSERT INTO "日本語" VALUES (1, '日本語', NULL), (2, 'second', 1);
INSERT INTO "مرحبا" VALUES (1, 'مرحبا', NULL), (2, 'second', 1);
INSERT INTO "עברית" VALUES (1, 'עברית', NULL), (2, 'second', 1);
INSERT INTO "Ελλάδα" VALUES (1, 'Ελλάδα', NULL), (2, 'second', 1);
INSERT INTO "Привет" VALUES (1, 'Привет', NULL), (2, 'second', 1);
INSERT INTO "🦄" VALUES (1, '🦄', NULL), (2, 'second', 1);
INSERT INTO "new" VALUES (1, 'new', NULL), (2, 'second', 1);
INSERT INTO "edit" VALUES (1, 'edit', NULL), (2, 'second', 1);
INSERT INTO "status" VALUES (1, 'status', NULL), (2, 'second', 1);
INSERT INTO "sign-in" VALUES (1, 'sign-in', NULL), (2, 'second', 1);
INSERT INTO "sign-out" VALUES (1, 'sign-out', NULL), (2, 'second', 1);
INSERT INTO "preferences" VALUES (1, 'preferences', NULL), (2, 'second', 1);
INSERT INTO "static" VALUES (1, 'static', NULL), (2, 'second', 1);
INSERT INTO "healthz" VALUES (1, 'healthz', NULL), (2, 'second', 1);
INSERT INTO "readyz" VALUES (1, 'readyz', NULL), (2, 'second', 1);
INSERT INTO "admin" VALUES (1, 'admin', NULL), (2, 'second', 1);
INSERT INTO "metadata" VALUES (1, 'metadata', NULL), (2, 'second', 1);
INSERT INTO "registry" VALUES (1, 'registry', NULL), (2, 'second', 1);
INSERT INTO "query" VALUES (1, 'query', NULL), (2, 'second', 1);
INSERT INTO "self" VALUES (1, 'self', NULL), (2, 'second', 1);
INSERT INTO "class" VALUES (1, 'class', NULL), (2, 'second', 1);
INSERT INTO "None" VALUES (1, 'None', NULL), (2, 'second', 1);
INSERT INTO "True" VALUES (1, 'True', NULL), (2, 'second', 1);
INSERT INTO "__class__" VALUES (1, '__class__', NULL), (2, 'second', 1);
INSERT INTO "__init__" VALUES (1, '__init__', NULL), (2, 'second', 1);
INSERT INTO "def" VALUES (1, 'def', NULL), (2, 'second', 1);
INSERT INTO "Base" VALUES (1, 'Base', NULL), (2, 'second', 1);
INSERT INTO "Model" VALUES (1, 'Model', NULL), (2, 'second', 1);
INSERT INTO ".." VALUES (1, '..', NULL), (2, 'second', 1);
INSERT INTO "." VALUES (1, '.', NULL), (2, 'second', 1);
INSERT INTO "..." VALUES (1, '...', NULL), (2, 'second', 1);
INSERT INTO "a:b" VALUES (1, 'a:b', NULL), (2, 'second', 1);
INSERT INTO "a?b=c&d" VALUES (1, 'a?b=c&d', NULL), (2, 'second', 1);
INSERT INTO "#hash" VALUES (1, '#hash', NULL), (2, 'second', 1);
INSERT INTO "~tilde" VALUES (1, '~tilde', NULL), (2, 'second', 1);
INSERT INTO "~2F" VALUES (1, '~2F', NULL), (2, 'second', 1);
INSERT INTO "a%2Fb" VALUES (1, 'a%2Fb', NULL), (2, 'second', 1);
INSERT INTO "%2e%2e" VALUES (1, '%2e%2e', NULL), (2, 'second', 1);
INSERT INTO "<script>alert(1)</script>" VALUES (1, '<script>alert(1)</script>', NULL), (2, 'second', 1);
INSERT INTO "{{ 7*7 }}" VALUES (1, '{{ 7*7 }}', NULL), (2, 'second', 1);
INSERT INTO "{% raw %}" VALUES (1, '{% raw %}', NULL), (2, 'second', 1);
INSERT INTO "line
break" VALUES (1, 'line
break', NULL), (2, 'second', 1);
INSERT INTO "tab	here" VALUES (1, 'tab	here', NULL), (2, 'second', 1);
INSERT INTO "" VALUES (1, '', NULL), (2, 'second', 1);
INSERT INTO "back\slash" VALUES (1, 'back\slash', NULL), (2, 'second', 1);
INSERT INTO "-" VALUES (1, '-', NULL), (2, 'second', 1);
INSERT INTO "_" VALUES (1, '_', NULL), (2, 'second', 1);
INSERT INTO "0" VALUES (1, '0', NULL), (2, 'second', 1);
INSERT INTO "1abc" VALUES (1, '1abc', NULL), (2, 'second', 1);
INSERT INTO "-1" VALUES (1, '-1', NULL), (2, 'second', 1);
INSERT INTO "a,b" VALUES (1, 'a,b', NULL), (2, 'second', 1);
INSERT INTO "a;b" VALUES (1, 'a;b', NULL), (2, 'second', 1);
INSERT INTO "*" VALUES (1, '*', NULL), (2, 'second', 1);
INSERT INTO "$1" VALUES (1, '$1', NULL), (2, 'second', 1);
INSERT INTO "@" VALUES (1, '@', NULL), (2, 'second', 1);
INSERT INTO "=" VALUES (1, '=', NULL), (2, 'second', 1);
INSERT INTO "|" VALUES (1, '|', NULL), (2, 'second', 1);
INSERT INTO "CON" VALUES (1, 'CON', NULL), (2, 'second', 1);
INSERT INTO "nul.txt" VALUES (1, 'nul.txt', NULL), (2, 'second', 1);
INSERT INTO "pg_catalog" VALUES (1, 'pg_catalog', NULL), (2, 'second', 1);
INSERT INTO "main.x" VALUES (1, 'main.x', NULL), (2, 'second', 1);
INSERT INTO "temp.x" VALUES (1, 'temp.x', NULL), (2, 'second', 1);
INSERT INTO "main" VALUES (1, 'main', NULL), (2, 'second', 1);
INSERT INTO "temp" VALUES (1, 'temp', NULL), (2, 'second', 1);
INSERT INTO "a@b" VALUES (1, 'a@b', NULL), (2, 'second', 1);
INSERT INTO "p" VALUES (1, 'p', NULL), (2, 'second', 1);
INSERT INTO "g" VALUES (1, 'g', NULL), (2, 'second', 1);
INSERT INTO "request" VALUES (1, 'request', NULL), (2, 'second', 1);
INSERT INTO "session" VALUES (1, 'session', NULL), (2, 'second', 1);
INSERT INTO "style" VALUES (1, 'style', NULL), (2, 'second', 1);
INSERT INTO "script" VALUES (1, 'script', NULL), (2, 'second', 1);
INSERT INTO "​" VALUES (1, '​', NULL), (2, 'second', 1);
INSERT INTO "‮" VALUES (1, '‮', NULL), (2, 'second', 1);
INSERT INTO "" VALUES (1, '', NULL), (2, 'second', 1);
INSERT INTO "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" VALUES (1, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', NULL), (2, 'second', 1);
INSERT INTO "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé" VALUES (1, 'éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé', NULL), (2, 'second', 1);
CREATE TABLE odd_columns (id INTEGER PRIMARY KEY, "meta" TEXT, "data" TEXT, "errors" TEXT, "validate" TEXT, "process" TEXT, "query" TEXT, "metadata" TEXT, "registry" TEXT, "csrf_token" TEXT, "csrf" TEXT, "status" TEXT, "sign-in" TEXT, "new" TEXT, "static" TEXT, "self" TEXT, "class" TEXT, "form" TEXT, "_was" TEXT, "_next" TEXT, "_then" TEXT, "_resume" TEXT, "populate_obj" TEXT, "hidden_tag" TEXT, "_fields" TEXT, "_prefix" TEXT, "_errors" TEXT, "name.state" TEXT, "name" TEXT, "field.x" TEXT, "field.0" TEXT, "submit" TEXT, "action" TEXT, "method" TEXT, "page" TEXT, "sort" TEXT, "q" TEXT, "search" TEXT, "size" TEXT, "after" TEXT, "before" TEXT, "find" TEXT, "key" TEXT, "__tablename__" TEXT, "__table__" TEXT, "__table_args__" TEXT, "__mapper__" TEXT, "__bind_key__" TEXT, "__class__" TEXT, "__dict__" TEXT, "__init__" TEXT, "_sa_instance_state" TEXT, "query_class" TEXT, "model" TEXT, "session" TEXT, "columns" TEXT, "c" TEXT, "keys" TEXT, "items" TEXT, "values" TEXT, "get" TEXT, "pop" TEXT, "count" TEXT, "index" TEXT, "def" TEXT, "None" TEXT, "lambda" TEXT, "select" TEXT, "from" TEXT, "order" TEXT, "user" TEXT, "br[0]" TEXT, "br[]" TEXT, "co:lon" TEXT, ":colon" TEXT, "{0}" TEXT, "%s" TEXT, "%(x)s" TEXT, "%" TEXT, "100%" TEXT, "%%" TEXT, "q""uote" TEXT, "it's" TEXT, "`tick`" TEXT, "a.b" TEXT, "a,b" TEXT, "a;b" TEXT, "a=b" TEXT, "a&b" TEXT, "a+b" TEXT, "a?b" TEXT, "a#b" TEXT, "a/b" TEXT, "a\b" TEXT, ".." TEXT, "." TEXT, "~" TEXT, "Ünï" TEXT, "日本語" TEXT, "🦄" TEXT, "0" TEXT, "1" TEXT, "-" TEXT, "_" TEXT, "__" TEXT, "$" TEXT, "*" TEXT, "@" TEXT, "file" TEXT, "type" TEXT, "length" TEXT, "charset" TEXT, "_charset_" TEXT, "isindex" TEXT, "constructor" TEXT, "__proto__" TEXT, "id.state" TEXT, "number" TEXT, "password" TEXT, "theme" TEXT, "zone" TEXT, "next" TEXT, "on" TEXT, "true" TEXT, "null" TEXT, "col.name" TEXT, "begin" TEXT, "take" TEXT, "touched" TEXT, "problem" TEXT, "state" TEXT, "with space" TEXT, "two  spaces" TEXT, " leading" TEXT, "trailing " TEXT, "{{ 7*7 }}" TEXT, "{% if %}" TEXT, "<b>bold</b>" TEXT, "<script>alert(1)</script>" TEXT, "line
break" TEXT, "tab	here" TEXT, "" TEXT, "" TEXT, "​" TEXT, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" TEXT, "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé" TEXT);
INSERT INTO odd_columns VALUES (1, 'value of meta', 'value of data', 'value of errors', 'value of validate', 'value of process', 'value of query', 'value of metadata', 'value of registry', 'value of csrf_token', 'value of csrf', 'value of status', 'value of sign-in', 'value of new', 'value of static', 'value of self', 'value of class', 'value of form', 'value of _was', 'value of _next', 'value of _then', 'value of _resume', 'value of populate_obj', 'value of hidden_tag', 'value of _fields', 'value of _prefix', 'value of _errors', 'value of name.state', 'value of name', 'value of field.x', 'value of field.0', 'value of submit', 'value of action', 'value of method', 'value of page', 'value of sort', 'value of q', 'value of search', 'value of size', 'value of after', 'value of before', 'value of find', 'value of key', 'value of __tablename__', 'value of __table__', 'value of __table_args__', 'value of __mapper__', 'value of __bind_key__', 'value of __class__', 'value of __dict__', 'value of __init__', 'value of _sa_instance_state', 'value of query_class', 'value of model', 'value of session', 'value of columns', 'value of c', 'value of keys', 'value of items', 'value of values', 'value of get', 'value of pop', 'value of count', 'value of index', 'value of def', 'value of None', 'value of lambda', 'value of select', 'value of from', 'value of order', 'value of user', 'value of br[0]', 'value of br[]', 'value of co:lon', 'value of :colon', 'value of {0}', 'value of %s', 'value of %(x)s', 'value of %', 'value of 100%', 'value of %%', 'value of q"uote', 'value of it''s', 'value of `tick`', 'value of a.b', 'value of a,b', 'value of a;b', 'value of a=b', 'value of a&b', 'value of a+b', 'value of a?b', 'value of a#b', 'value of a/b', 'value of a\b', 'value of ..', 'value of .', 'value of ~', 'value of Ünï', 'value of 日本語', 'value of 🦄', 'value of 0', 'value of 1', 'value of -', 'value of _', 'value of __', 'value of $', 'value of *', 'value of @', 'value of file', 'value of type', 'value of length', 'value of charset', 'value of _charset_', 'value of isindex', 'value of constructor', 'value of __proto__', 'value of id.state', 'value of number', 'value of password', 'value of theme', 'value of zone', 'value of next', 'value of on', 'value of true', 'value of null', 'value of col.name', 'value of begin', 'value of take', 'value of touched', 'value of problem', 'value of state', 'value of with space', 'value of two  spaces', 'value of  leading', 'value of trailing ', 'value of {{ 7*7 }}', 'value of {% if %}', 'value of <b>bold</b>', 'value of <script>alert(1)</script>', 'value of line
break', 'value of tab	here', 'value of ', 'value of ', 'value of ​', 'value of yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy', 'value of éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé');
INSERT INTO odd_columns (id) VALUES (2);
INSERT INTO odd_columns VALUES (3, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '');
CREATE TABLE wide (id INTEGER PRIMARY KEY, c001 INTEGER, c002 NUMERIC(10,2), c003 BOOLEAN, c004 DATE, c005 TIMESTAMP, c006 TEXT, c007 INTEGER, c008 NUMERIC(10,2), c009 BOOLEAN, c010 DATE, c011 TIMESTAMP, c012 TEXT, c013 INTEGER, c014 NUMERIC(10,2), c015 BOOLEAN, c016 DATE, c017 TIMESTAMP, c018 TEXT, c019 INTEGER, c020 NUMERIC(10,2), c021 BOOLEAN, c022 DATE, c023 TIMESTAMP, c024 TEXT, c025 INTEGER, c026 NUMERIC(10,2), c027 BOOLEAN, c028 DATE, c029 TIMESTAMP, c030 TEXT, c031 INTEGER, c032 NUMERIC(10,2), c033 BOOLEAN, c034 DATE, c035 TIMESTAMP, c036 TEXT, c037 INTEGER, c038 NUMERIC(10,2), c039 BOOLEAN, c040 DATE, c041 TIMESTAMP, c042 TEXT, c043 INTEGER, c044 NUMERIC(10,2), c045 BOOLEAN, c046 DATE, c047 TIMESTAMP, c048 TEXT, c049 INTEGER, c050 NUMERIC(10,2), c051 BOOLEAN, c052 DATE, c053 TIMESTAMP, c054 TEXT, c055 INTEGER, c056 NUMERIC(10,2), c057 BOOLEAN, c058 DATE, c059 TIMESTAMP, c060 TEXT, c061 INTEGER, c062 NUMERIC(10,2), c063 BOOLEAN, c064 DATE, c065 TIMESTAMP, c066 TEXT, c067 INTEGER, c068 NUMERIC(10,2), c069 BOOLEAN, c070 DATE, c071 TIMESTAMP, c072 TEXT, c073 INTEGER, c074 NUMERIC(10,2), c075 BOOLEAN, c076 DATE, c077 TIMESTAMP, c078 TEXT, c079 INTEGER, c080 NUMERIC(10,2), c081 BOOLEAN, c082 DATE, c083 TIMESTAMP, c084 TEXT, c085 INTEGER, c086 NUMERIC(10,2), c087 BOOLEAN, c088 DATE, c089 TIMESTAMP, c090 TEXT, c091 INTEGER, c092 NUMERIC(10,2), c093 BOOLEAN, c094 DATE, c095 TIMESTAMP, c096 TEXT, c097 INTEGER, c098 NUMERIC(10,2), c099 BOOLEAN, c100 DATE, c101 TIMESTAMP, c102 TEXT, c103 INTEGER, c104 NUMERIC(10,2), c105 BOOLEAN, c106 DATE, c107 TIMESTAMP, c108 TEXT, c109 INTEGER, c110 NUMERIC(10,2), c111 BOOLEAN, c112 DATE, c113 TIMESTAMP, c114 TEXT, c115 INTEGER, c116 NUMERIC(10,2), c117 BOOLEAN, c118 DATE, c119 TIMESTAMP, c120 TEXT, c121 INTEGER, c122 NUMERIC(10,2), c123 BOOLEAN, c124 DATE, c125 TIMESTAMP, c126 TEXT, c127 INTEGER, c128 NUMERIC(10,2), c129 BOOLEAN, c130 DATE, c131 TIMESTAMP, c132 TEXT, c133 INTEGER, c134 NUMERIC(10,2), c135 BOOLEAN, c136 DATE, c137 TIMESTAMP, c138 TEXT, c139 INTEGER, c140 NUMERIC(10,2), c141 BOOLEAN, c142 DATE, c143 TIMESTAMP, c144 TEXT, c145 INTEGER, c146 NUMERIC(10,2), c147 BOOLEAN, c148 DATE, c149 TIMESTAMP, c150 TEXT, c151 INTEGER, c152 NUMERIC(10,2), c153 BOOLEAN, c154 DATE, c155 TIMESTAMP, c156 TEXT, c157 INTEGER, c158 NUMERIC(10,2), c159 BOOLEAN, c160 DATE, c161 TIMESTAMP, c162 TEXT, c163 INTEGER, c164 NUMERIC(10,2), c165 BOOLEAN, c166 DATE, c167 TIMESTAMP, c168 TEXT, c169 INTEGER, c170 NUMERIC(10,2), c171 BOOLEAN, c172 DATE, c173 TIMESTAMP, c174 TEXT, c175 INTEGER, c176 NUMERIC(10,2), c177 BOOLEAN, c178 DATE, c179 TIMESTAMP, c180 TEXT, c181 INTEGER, c182 NUMERIC(10,2), c183 BOOLEAN, c184 DATE, c185 TIMESTAMP, c186 TEXT, c187 INTEGER, c188 NUMERIC(10,2), c189 BOOLEAN, c190 DATE, c191 TIMESTAMP, c192 TEXT, c193 INTEGER, c194 NUMERIC(10,2), c195 BOOLEAN, c196 DATE, c197 TIMESTAMP, c198 TEXT, c199 INTEGER, c200 NUMERIC(10,2), c201 BOOLEAN, c202 DATE, c203 TIMESTAMP, c204 TEXT, c205 INTEGER, c206 NUMERIC(10,2), c207 BOOLEAN, c208 DATE, c209 TIMESTAMP, c210 TEXT, c211 INTEGER, c212 NUMERIC(10,2), c213 BOOLEAN, c214 DATE, c215 TIMESTAMP, c216 TEXT, c217 INTEGER, c218 NUMERIC(10,2), c219 BOOLEAN, c220 DATE, c221 TIMESTAMP, c222 TEXT, c223 INTEGER, c224 NUMERIC(10,2), c225 BOOLEAN, c226 DATE, c227 TIMESTAMP, c228 TEXT, c229 INTEGER, c230 NUMERIC(10,2), c231 BOOLEAN, c232 DATE, c233 TIMESTAMP, c234 TEXT, c235 INTEGER, c236 NUMERIC(10,2), c237 BOOLEAN, c238 DATE, c239 TIMESTAMP, c240 TEXT, c241 INTEGER, c242 NUMERIC(10,2), c243 BOOLEAN, c244 DATE, c245 TIMESTAMP, c246 TEXT, c247 INTEGER, c248 NUMERIC(10,2), c249 BOOLEAN, c250 DATE, c251 TIMESTAMP, c252 TEXT, c253 INTEGER, c254 NUMERIC(10,2), c255 BOOLEAN, c256 DATE, c257 TIMESTAMP, c258 TEXT, c259 INTEGER, c260 NUMERIC(10,2), c261 BOOLEAN, c262 DATE, c263 TIMESTAMP, c264 TEXT, c265 INTEGER, c266 NUMERIC(10,2), c267 BOOLEAN, c268 DATE, c269 TIMESTAMP, c270 TEXT, c271 INTEGER, c272 NUMERIC(10,2), c273 BOOLEAN, c274 DATE, c275 TIMESTAMP, c276 TEXT, c277 INTEGER, c278 NUMERIC(10,2), c279 BOOLEAN, c280 DATE, c281 TIMESTAMP, c282 TEXT, c283 INTEGER, c284 NUMERIC(10,2), c285 BOOLEAN, c286 DATE, c287 TIMESTAMP, c288 TEXT, c289 INTEGER, c290 NUMERIC(10,2), c291 BOOLEAN, c292 DATE, c293 TIMESTAMP, c294 TEXT, c295 INTEGER, c296 NUMERIC(10,2), c297 BOOLEAN, c298 DATE, c299 TIMESTAMP);
INSERT INTO wide (id, c001, c002, c003, c004, c005, c006) VALUES (1, 2, 3.5, 1, '2026-01-01', '2026-01-01 10:00:00.5', 'text'), (2, NULL, 'x', NULL, '', NULL, '');
CREATE TABLE "commented"(  -- What the table is for: <b>bold</b> {{ 7*7 }}
    id INTEGER PRIMARY KEY,  -- the key, with a comma
    "a -- not a comment" TEXT DEFAULT '-- nor this',  /* a block, with "quotes" */
    b TEXT /* inside */ CHECK (b <> ')') -- last
    );
INSERT INTO commented VALUES (1, '-- nor this', ','), (2, NULL, NULL);

-- == WITHOUT ROWID, STRICT, virtual ==============================================

CREATE TABLE without_rowid (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO without_rowid VALUES ('a', 1), ('', NULL), ('a/b', x'00'), (' ', 'x'), (1, 2);
CREATE TABLE strict_types (id INTEGER PRIMARY KEY, i INT, j INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT;
INSERT INTO strict_types VALUES (1, 1, 9223372036854775807, 1.5, 'text', x'00', 1), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 0, -9223372036854775808, -0.0, '', x'', '1'), (4, 1, 1, 9e999, 'a' || char(0) || 'b', x'ff', x'00'),
    (5, 1, 1, 1, CAST(x'ff' AS TEXT), x'89504e470d0a1a0a', 1.0), (6, 1, 1, 1e16, char(13), x'0a', '  ');
CREATE TABLE strict_without_rowid (a TEXT, b ANY, note TEXT, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
INSERT INTO strict_without_rowid VALUES ('a', 1, 'x'), ('a', '1', 'y'), ('a', 1.5, 'z'), ('', x'31', NULL);
CREATE VIRTUAL TABLE fts USING fts5(title, body, tag UNINDEXED);
INSERT INTO fts VALUES ('First', 'A quick brown fox', 'a'), ('Second', '', NULL), (NULL, 'jumps' || char(10) || 'over', 'b/c');
CREATE VIRTUAL TABLE fts_contentless USING fts5(title, body, content='');
INSERT INTO fts_contentless (rowid, title, body) VALUES (1, 'kept nowhere', 'only the index');
CREATE TABLE fts_source (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
INSERT INTO fts_source VALUES (1, 'One', 'the first'), (2, 'Two', NULL);
CREATE VIRTUAL TABLE fts_external USING fts5(title, body, content='fts_source', content_rowid='id');
INSERT INTO fts_external (fts_external) VALUES ('rebuild');
CREATE VIRTUAL TABLE fts_external_missing USING fts5(title, content='there is no such table');
CREATE VIRTUAL TABLE "fts odd/name" USING fts5("a b", "new", tokenize = 'porter');
INSERT INTO "fts odd/name" VALUES ('x', 'y');
CREATE VIRTUAL TABLE fts_words USING fts5vocab(fts, row);
CREATE VIRTUAL TABLE rtree USING rtree(id, min_x, max_x, min_y, max_y, +label TEXT);
INSERT INTO rtree VALUES (1, 0, 1.5, 0, 1, 'here'), (2, -1, 1, 16777217, 16777219, NULL);

-- == Values of the wrong class in every declared type ============================
CREATE TABLE samples (n INTEGER PRIMARY KEY, v);
INSERT INTO samples (v) VALUES
    (NULL), (0), (1), (-1), (2), (9223372036854775807), (-9223372036854775808), (9223372036854775808), (-9223372036854775809), (18446744073709551616), (123456789012345678901234567890), (1e400),
    (0.1), (0.5), (-0.0), (1.10), (1e15), (1e16), (1e-7), (9e999), (-9e999), (9007199254740993.0), (0.30000000000000004), (''),
    (' '), ('0'), ('1'), ('01'), ('1.0'), ('1.10'), ('-0'), ('1e5'), (' 1'), ('9223372036854775808'), ('123456789012345678901234567890'), ('12345678901234567890.123456789'),
    ('NaN'), ('Infinity'), ('inf'), ('0x10'), ('1,5'), ('t'), ('f'), ('T'), ('true'), ('false'), ('TRUE'), ('yes'),
    ('no'), ('y'), ('n'), ('on'), ('off'), ('NULL'), ('2026-11-22'), ('2026-02-30'), ('0000-00-00'), ('22.11.2026'), ('20261122'), ('2026-11-22 10:11:12'),
    ('2026-11-22T10:11:12.123456'), ('2026-11-22 10:11:12.123'), ('2026-11-22 10:11:12+02:00'), ('2026-11-22T10:11:12Z'), ('2026-11-22 25:61'), ('10:11'), ('10:11:12.123456'), ('24:00'), ('-infinity'), ('0044-03-15 BC'), ('10000-01-01'), ('1763806272'),
    (1763806272), (1763806272123), (2461000.5), ('{"a":1,"a":2}'), ('{ "a" :  1 }'), ('{bad'), ('[1, 2]'), ('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), ('6BA7B8109DAD11D180B400C04FD430C8'), ('a@b'), ('<b>&amp;</b>'), ('</textarea><script>'),
    ('a  '), ('  a'), ('🦄'), ('=1+1'), ('%s'), ('{{ 7*7 }}'), (char(10)), (char(13)), (char(13,10)), (char(10)||'a'), ('a'||char(10)), ('a'||char(13)||'b'||char(13,10)||'c'||char(10)),
    ('a'||char(13,10)||'b'), (char(0)), ('a'||char(0)||'b'), (char(1,2,31,127)), (char(133)), (char(160)), (char(8232)), (char(65279)||'a'), (char(65533)), (char(65535)), (CAST(x'ff' AS TEXT)), (CAST(x'61ff62' AS TEXT)), (CAST(x'c328' AS TEXT)), (CAST(x'eda080' AS TEXT)), (CAST(x'f4908080' AS TEXT)), (x''), (x'00'), (x'31'), (x'ff'), (x'89504e470d0a1a0a'), (x'68656c6c6f0a'), (x'0d'), (zeroblob(5000));
CREATE TABLE type_integer (id INTEGER PRIMARY KEY, v INTEGER, note TEXT);
INSERT INTO type_integer SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_int (id INTEGER PRIMARY KEY, v INT, note TEXT);
INSERT INTO type_int SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_bigint (id INTEGER PRIMARY KEY, v BIGINT, note TEXT);
INSERT INTO type_bigint SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_tinyint_1 (id INTEGER PRIMARY KEY, v TINYINT(1), note TEXT);
INSERT INTO type_tinyint_1 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_unsigned_big_int (id INTEGER PRIMARY KEY, v UNSIGNED BIG INT, note TEXT);
INSERT INTO type_unsigned_big_int SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_real (id INTEGER PRIMARY KEY, v REAL, note TEXT);
INSERT INTO type_real SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_double (id INTEGER PRIMARY KEY, v DOUBLE, note TEXT);
INSERT INTO type_double SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_float (id INTEGER PRIMARY KEY, v FLOAT, note TEXT);
INSERT INTO type_float SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_numeric (id INTEGER PRIMARY KEY, v NUMERIC, note TEXT);
INSERT INTO type_numeric SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_numeric_10_2 (id INTEGER PRIMARY KEY, v NUMERIC(10,2), note TEXT);
INSERT INTO type_numeric_10_2 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_decimal_5_0 (id INTEGER PRIMARY KEY, v DECIMAL(5,0), note TEXT);
INSERT INTO type_decimal_5_0 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_money (id INTEGER PRIMARY KEY, v MONEY, note TEXT);
INSERT INTO type_money SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_text (id INTEGER PRIMARY KEY, v TEXT, note TEXT);
INSERT INTO type_text SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_varchar_20 (id INTEGER PRIMARY KEY, v VARCHAR(20), note TEXT);
INSERT INTO type_varchar_20 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_char_5 (id INTEGER PRIMARY KEY, v CHAR(5), note TEXT);
INSERT INTO type_char_5 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_nvarchar_10 (id INTEGER PRIMARY KEY, v NVARCHAR(10), note TEXT);
INSERT INTO type_nvarchar_10 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_clob (id INTEGER PRIMARY KEY, v CLOB, note TEXT);
INSERT INTO type_clob SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_blob (id INTEGER PRIMARY KEY, v BLOB, note TEXT);
INSERT INTO type_blob SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_varbinary_16 (id INTEGER PRIMARY KEY, v VARBINARY(16), note TEXT);
INSERT INTO type_varbinary_16 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_image (id INTEGER PRIMARY KEY, v IMAGE, note TEXT);
INSERT INTO type_image SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_boolean (id INTEGER PRIMARY KEY, v BOOLEAN, note TEXT);
INSERT INTO type_boolean SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_bool (id INTEGER PRIMARY KEY, v BOOL, note TEXT);
INSERT INTO type_bool SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_date (id INTEGER PRIMARY KEY, v DATE, note TEXT);
INSERT INTO type_date SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_datetime (id INTEGER PRIMARY KEY, v DATETIME, note TEXT);
INSERT INTO type_datetime SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_timestamp (id INTEGER PRIMARY KEY, v TIMESTAMP, note TEXT);
INSERT INTO type_timestamp SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_timestamp_with_time_zone (id INTEGER PRIMARY KEY, v TIMESTAMP WITH TIME ZONE, note TEXT);
INSERT INTO type_timestamp_with_time_zone SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_time (id INTEGER PRIMARY KEY, v TIME, note TEXT);
INSERT INTO type_time SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_year (id INTEGER PRIMARY KEY, v YEAR, note TEXT);
INSERT INTO type_year SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_interval (id INTEGER PRIMARY KEY, v INTERVAL, note TEXT);
INSERT INTO type_interval SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_json (id INTEGER PRIMARY KEY, v JSON, note TEXT);
INSERT INTO type_json SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_jsonb (id INTEGER PRIMARY KEY, v JSONB, note TEXT);
INSERT INTO type_jsonb SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_uuid (id INTEGER PRIMARY KEY, v UUID, note TEXT);
INSERT INTO type_uuid SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_guid (id INTEGER PRIMARY KEY, v GUID, note TEXT);
INSERT INTO type_guid SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_enum (id INTEGER PRIMARY KEY, v ENUM, note TEXT);
INSERT INTO type_enum SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_any (id INTEGER PRIMARY KEY, v ANY, note TEXT);
INSERT INTO type_any SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_string (id INTEGER PRIMARY KEY, v STRING, note TEXT);
INSERT INTO type_string SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_point (id INTEGER PRIMARY KEY, v POINT, note TEXT);
INSERT INTO type_point SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_charint (id INTEGER PRIMARY KEY, v CHARINT, note TEXT);
INSERT INTO type_charint SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_blobtext (id INTEGER PRIMARY KEY, v BLOBTEXT, note TEXT);
INSERT INTO type_blobtext SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_xml (id INTEGER PRIMARY KEY, v XML, note TEXT);
INSERT INTO type_xml SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_inet (id INTEGER PRIMARY KEY, v INET, note TEXT);
INSERT INTO type_inet SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_integer_array (id INTEGER PRIMARY KEY, v "INTEGER[]", note TEXT);
INSERT INTO type_integer_array SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_odd_type (id INTEGER PRIMARY KEY, v "odd, type", note TEXT);
INSERT INTO type_odd_type SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_geometry_point_4326 (id INTEGER PRIMARY KEY, v "geometry(Point,4326)", note TEXT);
INSERT INTO type_geometry_point_4326 SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_none (id INTEGER PRIMARY KEY, v, note TEXT);
INSERT INTO type_none SELECT n, v, 'no. ' || n FROM samples;
CREATE TABLE type_text_not_null (id INTEGER PRIMARY KEY, v TEXT NOT NULL, note TEXT NOT NULL DEFAULT '');
INSERT INTO type_text_not_null SELECT n, v, '' FROM samples WHERE v IS NOT NULL;
CREATE TABLE type_huge (id INTEGER PRIMARY KEY, v TEXT, b BLOB);
INSERT INTO type_huge VALUES (1, replace(hex(zeroblob(250000)), '00', 'ab'), zeroblob(400000)), (2, replace(hex(zeroblob(60000)), '00', 'line' || char(13, 10)), NULL), (3, replace(hex(zeroblob(35000)), '00', 'é'), x'89504e470d0a1a0a');

-- == Generated, defaults, AUTOINCREMENT, rules, triggers, indexes ================

CREATE TABLE generated_columns (id INTEGER PRIMARY KEY AUTOINCREMENT, price NUMERIC(10,2) NOT NULL DEFAULT 9.99, amount INTEGER NOT NULL DEFAULT 1,
    total REAL GENERATED ALWAYS AS (price * amount) STORED, label TEXT AS ('no. ' || amount) VIRTUAL, bare AS (amount));
INSERT INTO generated_columns (price, amount) VALUES (1.1, 2), (0, 0), ('x', 1);
CREATE TABLE with_defaults (id INTEGER PRIMARY KEY, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, day DATE DEFAULT CURRENT_DATE, empty TEXT DEFAULT '', blank TEXT DEFAULT NULL, yes BOOLEAN DEFAULT TRUE, made TEXT DEFAULT (lower(hex(x'ab'))),
    quoted TEXT DEFAULT 'it''s a "default"', doubled TEXT DEFAULT "double quoted", signed INTEGER DEFAULT -1, hexa INTEGER DEFAULT 0x10, bytes BLOB DEFAULT x'00', required TEXT NOT NULL);
INSERT INTO with_defaults (required) VALUES (''), ('x');
CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in work', 'done', '', 'it''s')),
    level INTEGER CHECK (level BETWEEN 1 AND 5),
    "Name" VARCHAR(20) NOT NULL CHECK (length("Name") >= 2),
    share NUMERIC(5,4) CHECK (share > 0 AND share <= 1),
    one_of_numbers INTEGER CHECK (one_of_numbers IN (10, 20, 30)),
    begins DATE, ends DATE,
    anything TEXT CHECK (anything IS NULL OR json_valid(anything)),
    CHECK (ends >= begins),
    CONSTRAINT "odd <b>name</b>" CHECK (level <> 3 OR status <> 'done'));
INSERT INTO rules VALUES (1, 'open', 1, 'ab', 0.5, 10, '2026-01-01', '2026-01-02', '{}'), (2, '', NULL, 'Zoë', NULL, NULL, NULL, NULL, NULL), (3, 'it''s', 5, 'nnnnnnnnnnnnnnnnnnnn', 1, 30, '', '', '{"a":1}');
PRAGMA ignore_check_constraints = ON;
INSERT INTO rules VALUES (4, 'gone', 99, 'x', 7, 11, '2026-02-02', '2026-01-01', 'not json');  -- a row from before the rules
PRAGMA ignore_check_constraints = OFF;
CREATE TABLE uniques (id INTEGER PRIMARY KEY, mail TEXT, tenant INTEGER, code TEXT COLLATE NOCASE, alive BOOLEAN DEFAULT 1, UNIQUE (tenant, code) ON CONFLICT REPLACE);
CREATE UNIQUE INDEX uniques_mail ON uniques (lower(mail));
CREATE UNIQUE INDEX uniques_alive ON uniques (code) WHERE alive;
INSERT INTO uniques VALUES (1, 'Ada@example.org', 1, 'a', 1), (2, NULL, NULL, NULL, 0), (3, 'b@example.org', 2, 'A', 0);
CREATE TABLE triggers_change (id INTEGER PRIMARY KEY, code TEXT, changed_at TIMESTAMP, version INTEGER NOT NULL DEFAULT 1);
INSERT INTO triggers_change VALUES (1, 'ABC', '2026-01-01 00:00:00', 1), (2, 'lower', NULL, 1);
CREATE TRIGGER change AFTER UPDATE ON triggers_change WHEN NEW.version = OLD.version BEGIN
    UPDATE triggers_change SET code = upper(NEW.code), changed_at = strftime('%Y-%m-%d %H:%M:%f', 'now'), version = OLD.version + 1 WHERE id = NEW.id;
END;
CREATE TABLE triggers_refuse (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO triggers_refuse VALUES (1, 'can''t be changed');
CREATE TRIGGER refuse BEFORE UPDATE ON triggers_refuse BEGIN SELECT RAISE(ABORT, 'Orders of last year are closed. Ask <b>Ada</b>.'); END;
CREATE TABLE triggers_ignore (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO triggers_ignore VALUES (1, 'a change is dropped in silence');
CREATE TRIGGER ignore BEFORE UPDATE ON triggers_ignore BEGIN SELECT RAISE(IGNORE); END;
CREATE TABLE triggers_broken (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO triggers_broken VALUES (1, 'its trigger writes to a table that is gone');
CREATE TRIGGER broken AFTER UPDATE ON triggers_broken BEGIN INSERT INTO "no such table" VALUES (NEW.id); END;

-- == Views =======================================================================

CREATE VIEW view_plain AS SELECT id, title, code FROM fk_parent;
CREATE VIEW view_grouped AS SELECT part_a, count(*) AS count, sum(id) AS "sum(id)", max(title) FROM fk_parent GROUP BY part_a;
CREATE VIEW view_union AS SELECT 1 AS id, 'a' AS t UNION ALL SELECT 1, 'a' UNION ALL SELECT NULL, NULL UNION ALL SELECT x'00', 'a' || char(0);
CREATE VIEW view_same_names AS SELECT c.*, p.* FROM fk_child c JOIN fk_parent p ON p.id = c.parent_id;
CREATE VIEW view_no_rows AS SELECT * FROM fk_parent WHERE 0;
CREATE VIEW view_with_trigger AS SELECT id, title || '!' AS loud FROM fk_parent;
CREATE TRIGGER loud INSTEAD OF UPDATE ON view_with_trigger BEGIN UPDATE fk_parent SET title = rtrim(NEW.loud, '!') WHERE id = OLD.id; END;
CREATE VIEW view_recursive AS WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 5) SELECT n FROM n;
CREATE VIEW "view odd/name" AS SELECT 1 AS "new", 2 AS "a/b", NULL AS "", 'x' AS "<b>";
CREATE VIEW view_broken AS SELECT nope, * FROM "no such table";
CREATE VIEW view_broken_column AS SELECT nope FROM fk_parent;
CREATE VIEW view_of_broken AS SELECT * FROM view_broken;
CREATE VIEW view_fails AS SELECT id, json_extract('{bad', '$') AS broken FROM fk_parent;
CREATE VIEW view_circle_a AS SELECT * FROM view_circle_b;
CREATE VIEW view_circle_b AS SELECT * FROM view_circle_a;

-- == What only the application has ===============================================

CREATE TABLE app_collation (id INTEGER PRIMARY KEY, name TEXT COLLATE app_order, note TEXT);
INSERT INTO app_collation VALUES (1, 'b', 'x'), (2, 'a', 'y'), (3, NULL, NULL);
CREATE TABLE app_collation_indexed (id INTEGER PRIMARY KEY, name TEXT COLLATE app_order UNIQUE, note TEXT);
INSERT INTO app_collation_indexed VALUES (1, 'b', 'x'), (2, 'a', 'y');
CREATE TABLE app_collation_key (name TEXT COLLATE app_order PRIMARY KEY, note TEXT) WITHOUT ROWID;
INSERT INTO app_collation_key VALUES ('b', 'x'), ('a', 'y');
CREATE TABLE app_check (id INTEGER PRIMARY KEY, name TEXT CHECK (app_function(name) IS NOT 'bad'), note TEXT);
INSERT INTO app_check VALUES (1, 'a', 'x');
CREATE TABLE app_generated (id INTEGER PRIMARY KEY, name TEXT, made TEXT AS (app_function(name)), note TEXT);
INSERT INTO app_generated VALUES (1, 'a', 'x');
CREATE TABLE app_indexed (id INTEGER PRIMARY KEY, name TEXT, note TEXT);
CREATE INDEX app_indexed_name ON app_indexed (app_function(name));
INSERT INTO app_indexed VALUES (1, 'a', 'x');
CREATE TABLE app_trigger (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO app_trigger VALUES (1, 'x');
CREATE TRIGGER app_trigger_change AFTER UPDATE ON app_trigger BEGIN SELECT app_function(NEW.note); END;
CREATE VIEW app_view AS SELECT id, app_function(title) AS made FROM fk_parent;

CREATE TABLE entries (id INTEGER PRIMARY KEY, title TEXT, at TIMESTAMP, rank INTEGER);  -- many rows, for paging
INSERT INTO entries WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 230)
    SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE 'Entry ' || n % 10 END, datetime('2026-01-01', n || ' hours'), nullif(n % 5, 0) FROM n;
