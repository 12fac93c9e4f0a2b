-- The first schema of a Chancery registry.
--
-- Times are whole epoch milliseconds in UTC. Ids of registry, authorities, generations, keys, intents, requests and tasks are UUIDs
-- (version 7, 16 bytes); a certificate's id is an integer that sorts by time of issue (see "certificates"). Lists are JSON arrays of texts.
-- Enumerations are words, checked here, so that a file can be read without the program.

-- One row: what this registry is.
CREATE TABLE meta (
    only               INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    registry           BLOB    NOT NULL CHECK (length(registry) = 16),
    name               TEXT    NOT NULL,
    keys               TEXT    NOT NULL CHECK (keys IN ('os', 'passphrase', 'memory')),
    is_test            INTEGER NOT NULL CHECK (is_test IN (0, 1)),
    created_at         INTEGER NOT NULL,
    last_seen_at       INTEGER NOT NULL,
    recovery           TEXT    NOT NULL CHECK (recovery IN ('undecided', 'public-key', 'refused')),
    recovery_key       BLOB    CHECK ((recovery = 'public-key') = (recovery_key IS NOT NULL)),
    epoch              INTEGER NOT NULL DEFAULT 0,
    awaits_crl         INTEGER NOT NULL DEFAULT 0 CHECK (awaits_crl IN (0, 1))
) STRICT;

CREATE TABLE settings (
    key                TEXT    NOT NULL PRIMARY KEY,
    value              TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Every change of schema that this file has seen.
CREATE TABLE schema_history (
    sequence           INTEGER NOT NULL PRIMARY KEY,
    from_version       INTEGER NOT NULL,
    to_version         INTEGER NOT NULL,
    at                 INTEGER NOT NULL,
    program            TEXT    NOT NULL
) STRICT;

-- Keys are named, never kept: the private half is in the keyring or the vault. "sealed_recovery" is sealed to the recovery key;
-- "sealed_private" is a leaf key that its profile keeps, sealed under a key which itself lives in keyring or vault.
CREATE TABLE keys (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    spki               BLOB    NOT NULL,
    fingerprint        BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    key_kind           TEXT    NOT NULL,
    location           TEXT    NOT NULL CHECK (location IN ('os', 'vault', 'memory', 'registry', 'elsewhere')),
    state              TEXT    NOT NULL CHECK (state IN ('staging', 'ready', 'deleting', 'deleted')),
    label              TEXT    NOT NULL,
    sealed_recovery    BLOB,
    sealed_private     BLOB,
    created_at         INTEGER NOT NULL,
    proven_at          INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX keys_by_fingerprint ON keys (fingerprint) WHERE state <> 'deleted';
CREATE INDEX keys_unsettled ON keys (state) WHERE state IN ('staging', 'deleting');

CREATE TABLE authorities (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name               TEXT    NOT NULL UNIQUE,
    parent             BLOB    REFERENCES authorities (id),
    kind               TEXT    NOT NULL CHECK (kind IN ('root', 'intermediate', 'imported')),
    retired            INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    issuer_name        BLOB    NOT NULL,
    crl_urls           TEXT    NOT NULL,
    issuer_urls        TEXT    NOT NULL,
    ocsp_urls          TEXT    NOT NULL,
    crl_days           INTEGER NOT NULL CHECK (crl_days BETWEEN 1 AND 36500),
    delta              INTEGER NOT NULL DEFAULT 0 CHECK (delta IN (0, 1)),
    partitions         INTEGER NOT NULL DEFAULT 0 CHECK (partitions >= 0),
    created_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A generation is one key of an authority; it signs its own CRL until its last certificate has expired.
-- "revision" counts the changes that a CRL must show; a CRL covers the revision that was read when its number was reserved.
CREATE TABLE generations (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    authority          BLOB    NOT NULL REFERENCES authorities (id),
    number             INTEGER NOT NULL CHECK (number > 0),
    key                BLOB    NOT NULL UNIQUE REFERENCES keys (id),
    current            INTEGER NOT NULL CHECK (current IN (0, 1)),
    crl_floor          BLOB    CHECK (length(crl_floor) = 20),
    revision           INTEGER NOT NULL DEFAULT 0,
    stale_since        INTEGER,
    created_at         INTEGER NOT NULL,
    UNIQUE (authority, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX generations_current ON generations (authority) WHERE current = 1;

CREATE TABLE policies (
    authority          BLOB    NOT NULL REFERENCES authorities (id),
    version            INTEGER NOT NULL CHECK (version > 0),
    document           TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    PRIMARY KEY (authority, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE profiles (
    name               TEXT    NOT NULL,
    version            INTEGER NOT NULL CHECK (version > 0),
    document           TEXT    NOT NULL,
    removed            INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    created_at         INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- The id is the second of issue times 2^24 plus a number within that second: the newest certificate has the highest id, and the
-- order "by issue" is the order of ids, in the table as in the index of words.
-- "issuer_key" is the SHA-256 of the key that verified the signature: a link to an issuer is never made from names alone.
-- "standing" is what happened, not what time did: an expired certificate may be "good".
CREATE TABLE certificates (
    id                 INTEGER NOT NULL PRIMARY KEY,
    authority          BLOB    REFERENCES authorities (id),
    generation         BLOB    REFERENCES generations (id),
    kind               TEXT    NOT NULL CHECK (kind IN ('authority', 'leaf')),
    class              TEXT    NOT NULL CHECK (class IN ('server', 'client', 'authority', 'other')),
    serial             BLOB    NOT NULL,
    issuer_hash        BLOB    NOT NULL CHECK (length(issuer_hash) = 32),
    fingerprint        BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    subject_key_id     BLOB,
    authority_key_id   BLOB,
    issuer_key         BLOB    CHECK (length(issuer_key) = 32),
    subject            BLOB    NOT NULL,
    issuer             BLOB    NOT NULL,
    display_name       TEXT    NOT NULL,
    sort_name          TEXT    NOT NULL,
    names              TEXT    NOT NULL,
    not_before         INTEGER NOT NULL,
    not_after          INTEGER NOT NULL,
    key_kind           TEXT    NOT NULL,
    key_fingerprint    BLOB    NOT NULL CHECK (length(key_fingerprint) = 32),
    key_held           INTEGER NOT NULL CHECK (key_held IN (0, 1)),
    profile            TEXT,
    profile_version    INTEGER,
    policy_version     INTEGER,
    issued_at          INTEGER NOT NULL,
    imported           INTEGER NOT NULL CHECK (imported IN (0, 1)),
    findings           TEXT,
    archived           INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    standing           TEXT    NOT NULL DEFAULT 'good' CHECK (standing IN ('good', 'revoked', 'held', 'superseded')),
    revoked_at         INTEGER,
    revocation_reason  TEXT,
    invalidity_date    INTEGER,
    superseded_by      INTEGER REFERENCES certificates (id)
) STRICT;
CREATE UNIQUE INDEX certificates_by_fingerprint ON certificates (fingerprint);
-- One entry per certificate between the two: the last guard against a serial used twice (foreign certificates may collide).
CREATE UNIQUE INDEX certificates_by_own_serial ON certificates (serial, issuer_hash) WHERE imported = 0;
CREATE INDEX certificates_by_foreign_serial ON certificates (serial, issuer_hash) WHERE imported = 1;
CREATE INDEX certificates_by_end ON certificates (archived, not_after);
CREATE INDEX certificates_by_sort_name ON certificates (archived, sort_name);
CREATE INDEX certificates_archived ON certificates (archived) WHERE archived = 1;
CREATE INDEX certificates_by_authority ON certificates (authority, archived);
CREATE INDEX certificates_by_generation ON certificates (generation, not_after) WHERE generation IS NOT NULL;
CREATE INDEX certificates_by_issuer_key ON certificates (issuer_key) WHERE issuer_key IS NOT NULL;
CREATE INDEX certificates_without_issuer ON certificates (issuer) WHERE issuer_key IS NULL;
CREATE INDEX certificates_by_key ON certificates (key_fingerprint);
CREATE INDEX certificates_by_standing ON certificates (standing, archived) WHERE standing <> 'good';
CREATE INDEX certificates_by_profile ON certificates (profile, archived) WHERE profile IS NOT NULL;
CREATE INDEX certificates_of_authorities ON certificates (subject) WHERE kind = 'authority';
CREATE INDEX certificates_of_authorities_by_key_id ON certificates (subject_key_id) WHERE kind = 'authority';
CREATE INDEX certificates_superseding ON certificates (superseded_by) WHERE superseded_by IS NOT NULL;

-- The certificate itself, byte for byte, apart from the columns that lists walk over.
CREATE TABLE certificate_ders (
    certificate        INTEGER NOT NULL PRIMARY KEY REFERENCES certificates (id),
    der                BLOB    NOT NULL
) STRICT;

CREATE TABLE certificate_names (
    name               TEXT    NOT NULL,
    certificate        INTEGER NOT NULL REFERENCES certificates (id),
    PRIMARY KEY (name, certificate)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificate_tags (
    tag                TEXT    NOT NULL,
    certificate        INTEGER NOT NULL REFERENCES certificates (id),
    PRIMARY KEY (tag, certificate)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_tags_by_certificate ON certificate_tags (certificate);

-- The words of display name, subject, names, serial and fingerprint. The program folds case and cuts words (at anything but letters and
-- digits) before they come here, so the tokenizer has only spaces to see and both sides agree on what a word is.
CREATE VIRTUAL TABLE certificate_words USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');

-- Totals, kept in the transaction that changes what they count. An empty authority stands for "issued by none of ours".
CREATE TABLE certificate_totals (
    authority          BLOB    NOT NULL,
    kind               TEXT    NOT NULL,
    archived           INTEGER NOT NULL,
    count              INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (authority, kind, archived)
) STRICT, WITHOUT ROWID;

-- "day" is the UTC day of notAfter, counted from 1970-01-01.
CREATE TABLE certificate_expiries (
    authority          BLOB    NOT NULL,
    class              TEXT    NOT NULL,
    day                INTEGER NOT NULL,
    standing           TEXT    NOT NULL,
    archived           INTEGER NOT NULL,
    count              INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (authority, class, day, standing, archived)
) STRICT, WITHOUT ROWID;

-- How many unarchived certificates lie in each key range of each order: a jump to a position sums these. A range reaches from its lower
-- key to the next one's; the first has the empty key. Keys compare as bytes.
CREATE TABLE position_ranges (
    sort               TEXT    NOT NULL CHECK (sort IN ('issued', 'ends', 'name')),
    lower_key          BLOB    NOT NULL,
    count              INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (sort, lower_key)
) STRICT, WITHOUT ROWID;

-- What is about to be signed, committed before the key is touched. Serials and CRL numbers are burnt here, even if the intent is voided.
CREATE TABLE intents (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind               TEXT    NOT NULL CHECK (kind IN ('certificate', 'crl')),
    authority          BLOB    REFERENCES authorities (id),
    generation         BLOB    REFERENCES generations (id),
    issuer_hash        BLOB    CHECK (length(issuer_hash) = 32),
    serial             BLOB,
    crl_kind           TEXT    CHECK (crl_kind IN ('base', 'delta')),
    crl_scope          TEXT,
    crl_number         BLOB    CHECK (length(crl_number) = 20),
    covers_revision    INTEGER,
    tbs                BLOB,
    actor              TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('open', 'done', 'void')),
    ended_at           INTEGER,
    result             TEXT,
    CHECK ((kind = 'certificate') = (serial IS NOT NULL AND issuer_hash IS NOT NULL)),
    CHECK ((kind = 'crl') = (crl_number IS NOT NULL AND crl_kind IS NOT NULL AND crl_scope IS NOT NULL AND generation IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX intents_by_serial ON intents (issuer_hash, serial) WHERE kind = 'certificate';
CREATE UNIQUE INDEX intents_by_crl_number ON intents (generation, crl_scope, crl_kind, crl_number) WHERE kind = 'crl';
CREATE INDEX intents_open ON intents (created_at) WHERE state = 'open';

CREATE TABLE revocations (
    id                 INTEGER NOT NULL PRIMARY KEY,
    authority          BLOB    NOT NULL REFERENCES authorities (id),
    generation         BLOB    NOT NULL REFERENCES generations (id),
    issuer_hash        BLOB    NOT NULL CHECK (length(issuer_hash) = 32),
    serial             BLOB    NOT NULL,
    certificate        INTEGER REFERENCES certificates (id),
    revoked_at         INTEGER NOT NULL,
    reason             TEXT    NOT NULL,
    invalidity_date    INTEGER,
    note               TEXT,
    hold_instruction   TEXT,
    lifted_at          INTEGER
) STRICT;
CREATE UNIQUE INDEX revocations_by_serial ON revocations (issuer_hash, serial) WHERE lifted_at IS NULL;
CREATE INDEX revocations_by_certificate ON revocations (certificate) WHERE certificate IS NOT NULL;
CREATE INDEX revocations_by_authority ON revocations (authority, revoked_at);

-- One encoded revokedCertificates entry each, with the numbers of the CRLs that listed it first and last: the entries of CRL n are those
-- with first_crl <= n <= last_crl, in the order of ids. "last_crl" is empty while the entry is still to be listed. "not_after" is empty for
-- a serial whose certificate is unknown: it stays for ever (RFC 5280 3.3 has no end to give it).
CREATE TABLE crl_entries (
    id                 INTEGER NOT NULL PRIMARY KEY,
    generation         BLOB    NOT NULL REFERENCES generations (id),
    serial             BLOB    NOT NULL,
    encoded            BLOB    NOT NULL,
    not_after          INTEGER,
    first_crl          BLOB    CHECK (length(first_crl) = 20),
    last_crl           BLOB    CHECK (length(last_crl) = 20),
    closed             TEXT    CHECK (closed IN ('expired', 'lifted', 'replaced')),
    CHECK ((last_crl IS NULL) = (closed IS NULL))
) STRICT;
CREATE UNIQUE INDEX crl_entries_by_serial ON crl_entries (generation, serial) WHERE last_crl IS NULL;
CREATE INDEX crl_entries_by_first_crl ON crl_entries (generation, first_crl);
CREATE INDEX crl_entries_by_last_crl ON crl_entries (generation, last_crl) WHERE last_crl IS NOT NULL;
CREATE INDEX crl_entries_by_end ON crl_entries (generation, not_after) WHERE last_crl IS NULL;

CREATE TABLE crls (
    id                 INTEGER NOT NULL PRIMARY KEY,
    generation         BLOB    NOT NULL REFERENCES generations (id),
    kind               TEXT    NOT NULL CHECK (kind IN ('base', 'delta')),
    scope              TEXT    NOT NULL,
    number             BLOB    NOT NULL CHECK (length(number) = 20),
    base_number        BLOB    CHECK (length(base_number) = 20),
    this_update        INTEGER NOT NULL,
    next_update        INTEGER,
    entry_count        INTEGER NOT NULL CHECK (entry_count >= 0),
    size               INTEGER NOT NULL CHECK (size > 0),
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    header             BLOB    NOT NULL,
    trailer            BLOB    NOT NULL,
    imported           INTEGER NOT NULL CHECK (imported IN (0, 1)),
    covers_revision    INTEGER,
    recorded_at        INTEGER NOT NULL,
    UNIQUE (generation, scope, kind, number),
    CHECK ((kind = 'delta') = (base_number IS NOT NULL))
) STRICT;

-- The whole DER of the CRLs that are still served, in pieces of 1 MiB.
CREATE TABLE crl_chunks (
    crl                INTEGER NOT NULL REFERENCES crls (id),
    part               INTEGER NOT NULL CHECK (part >= 0),
    bytes              BLOB    NOT NULL,
    PRIMARY KEY (crl, part)
) STRICT;

-- One row per run of the CRL engine for a generation.
CREATE TABLE crl_events (
    id                 INTEGER NOT NULL PRIMARY KEY,
    generation         BLOB    NOT NULL REFERENCES generations (id),
    number             BLOB    CHECK (length(number) = 20),
    kind               TEXT    NOT NULL CHECK (kind IN ('base', 'delta')),
    started_at         INTEGER NOT NULL,
    milliseconds       INTEGER NOT NULL CHECK (milliseconds >= 0),
    entry_count        INTEGER,
    error              TEXT
) STRICT;
CREATE INDEX crl_events_by_generation ON crl_events (generation, started_at);

-- Who may do what only one may do at a time (building a generation's CRL); a lease ends by itself.
CREATE TABLE leases (
    name               TEXT    NOT NULL PRIMARY KEY,
    holder             TEXT    NOT NULL,
    until              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    der                BLOB    NOT NULL,
    fingerprint        BLOB    NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    subject            BLOB    NOT NULL,
    names              TEXT    NOT NULL,
    key_kind           TEXT    NOT NULL,
    key_fingerprint    BLOB    NOT NULL CHECK (length(key_fingerprint) = 32),
    received_at        INTEGER NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('open', 'issued', 'rejected')),
    note               TEXT,
    certificate        INTEGER REFERENCES certificates (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_state ON requests (state, received_at);

-- Append-only and chained: each row's hash covers its own text and the hash before it.
CREATE TABLE audit (
    sequence           INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at                 INTEGER NOT NULL,
    actor              TEXT    NOT NULL,
    action             TEXT    NOT NULL,
    subject            TEXT    NOT NULL,
    detail             TEXT    NOT NULL,
    why                TEXT,
    previous           BLOB    NOT NULL CHECK (length(previous) = 32),
    hash               BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, sequence);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only appended');
END;

-- MACs of (count, head) under a secret that is not in this file: cutting off the newest rows shows.
CREATE TABLE audit_heads (
    count              INTEGER NOT NULL PRIMARY KEY CHECK (count >= 0),
    head               BLOB    NOT NULL CHECK (length(head) = 32),
    mac                BLOB    NOT NULL,
    at                 INTEGER NOT NULL
) STRICT;

CREATE TABLE tasks (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind               TEXT    NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'abandoned')),
    done               INTEGER NOT NULL CHECK (done >= 0),
    total              INTEGER CHECK (total >= 0),
    message            TEXT    NOT NULL,
    document           TEXT    NOT NULL,
    holder             TEXT    NOT NULL,
    started_at         INTEGER NOT NULL,
    ended_at           INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_running ON tasks (started_at) WHERE state = 'running';

-- Trust sources, publishing targets, people to notify.
CREATE TABLE outside_parties (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind               TEXT    NOT NULL CHECK (kind IN ('source', 'target', 'notify')),
    name               TEXT    NOT NULL,
    document           TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT, WITHOUT ROWID;
