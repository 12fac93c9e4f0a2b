-- Lists that are about a part of what a key has issued. A scope is named by the first address of its list, which its certificates name: it goes on when
-- the settings of the authority change. "urls" is all that its next list says of its place; what a past list said stands in that list.
CREATE TABLE crl_scopes (
    generation         BLOB    NOT NULL REFERENCES generations (id),
    scope              TEXT    NOT NULL CHECK (scope <> ''),
    covers             TEXT    NOT NULL CHECK (covers IN ('partition', 'users', 'authorities')),
    urls               TEXT    NOT NULL,
    PRIMARY KEY (generation, scope)
) STRICT, WITHOUT ROWID;

-- Whether authorities' certificates and all others have lists of their own.
ALTER TABLE authorities ADD COLUMN split INTEGER NOT NULL DEFAULT 0 CHECK (split IN (0, 1));

-- What an entry is about, fixed when the first list of a scope is made so that past lists can be put together again: all addresses where its certificate says
-- that its list is, a JSON array, and whether it is an authority's. Both are empty while there is one list, and for a serial whose certificate is unknown:
-- every list has it.
ALTER TABLE crl_entries ADD COLUMN crl_urls TEXT;
ALTER TABLE crl_entries ADD COLUMN of_authority INTEGER CHECK (of_authority IN (0, 1));

-- Every row is written anew, so that all rows of a table have the same columns: salvage tells them by that.
UPDATE authorities SET split = 0;
UPDATE crl_entries SET of_authority = NULL;

-- What a registry of this schema left when it was taken down. Certificates name the scopes' lists, and there are none now: they are stale since the newest one.
INSERT INTO crl_scopes (generation, scope, covers, urls)
    SELECT g.id, json_extract(s.value, '$.scope'), json_extract(s.value, '$.covers'), json_extract(s.value, '$.urls')
    FROM settings s JOIN generations g ON s.key = 'crl-scope.' || lower(hex(g.id)) || '.' || json_extract(s.value, '$.scope')
    WHERE s.key GLOB 'crl-scope.*';
DELETE FROM settings WHERE key GLOB 'crl-scope.*';
UPDATE generations SET revision = revision + 1,
    stale_since = coalesce(stale_since, (SELECT max(this_update) FROM crls WHERE crls.generation = generations.id), created_at)
    WHERE id IN (SELECT generation FROM crl_scopes);
