-- Lists that are about a part of what a key has issued. A scope is named by the first address of its list, which is the one that its certificates
-- name: it goes on when the settings of the authority change. "urls" is all that its list says of its place.
CREATE TABLE crl_scopes (
    generation         BLOB    NOT NULL REFERENCES generations (id),
    scope              TEXT    NOT NULL CHECK (scope <> ''),
    covers             TEXT    NOT NULL CHECK (covers IN ('partition', 'users', 'authorities')),
    urls               TEXT    NOT NULL,
    PRIMARY KEY (generation, scope)
) STRICT, WITHOUT ROWID;

-- Whether authorities' certificates and all others have lists of their own.
ALTER TABLE authorities ADD COLUMN split INTEGER NOT NULL DEFAULT 0 CHECK (split IN (0, 1));

-- What an entry is about, fixed when it is written so that past lists can be put together again. "scope" is the one that its certificate names, empty
-- for the whole. "of_authority" is empty for a serial whose certificate is unknown: every list has it.
ALTER TABLE crl_entries ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE crl_entries ADD COLUMN of_authority INTEGER CHECK (of_authority IN (0, 1));

-- Every row is written anew, so that all rows of a table have the same columns: salvage tells them by that.
UPDATE authorities SET split = 0;
UPDATE crl_entries SET of_authority = CASE WHEN not_after IS NULL THEN NULL ELSE (generation, serial) IN
    (SELECT generation, serial FROM certificates WHERE kind = 'authority' AND generation IS NOT NULL) END;
