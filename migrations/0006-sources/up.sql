-- Other people's trust lists and CRLs, apart from everything that is ours. What a source holds is replaced as one; "revision" counts how often it was
-- looked at, so that of two who look at the same time the second sees that he is late.
CREATE TABLE sources (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name               TEXT    NOT NULL UNIQUE,
    kind               TEXT    NOT NULL CHECK (kind IN ('pem', 'icao-master-list', 'ldif', 'crl')),
    place_kind         TEXT    NOT NULL CHECK (place_kind IN ('file', 'url', 'system')),
    place              TEXT    NOT NULL,
    refresh_hours      INTEGER CHECK (refresh_hours > 0),
    created_at         INTEGER NOT NULL,
    revision           INTEGER NOT NULL CHECK (revision >= 0),
    refreshed_at       INTEGER,
    changed_at         INTEGER,
    due_at             INTEGER,
    failures           INTEGER NOT NULL CHECK (failures >= 0),
    sha256             BLOB    CHECK (length(sha256) = 32),
    size               INTEGER NOT NULL CHECK (size >= 0),
    signed_by          TEXT,
    signed_at          INTEGER,
    certificates       INTEGER NOT NULL CHECK (certificates >= 0),
    crls               INTEGER NOT NULL CHECK (crls >= 0),
    revoked            INTEGER NOT NULL CHECK (revoked >= 0),
    quarantined        INTEGER NOT NULL CHECK (quarantined >= 0),
    next_update        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sources_due ON sources (due_at) WHERE due_at IS NOT NULL;

-- Whose signature on a source is believed.
CREATE TABLE source_signers (
    source             BLOB    NOT NULL REFERENCES sources (id),
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    der                BLOB    NOT NULL,
    PRIMARY KEY (source, sha256)
) STRICT, WITHOUT ROWID;

-- A certificate stands here once, in however many sources it is; "sources" counts them. The DER is last: lists do not read it.
CREATE TABLE source_certificates (
    id                 INTEGER NOT NULL PRIMARY KEY,
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    sources            INTEGER NOT NULL CHECK (sources >= 0),
    serial             BLOB    NOT NULL,
    issuer             BLOB    NOT NULL,
    issuer_text        TEXT    NOT NULL,
    subject            BLOB    NOT NULL,
    subject_text       TEXT    NOT NULL,
    subject_key_id     BLOB,
    authority_key_id   BLOB,
    country            TEXT    NOT NULL,
    key_kind           TEXT    NOT NULL,
    not_before         INTEGER NOT NULL,
    not_after          INTEGER NOT NULL,
    der                BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX source_certificates_by_fingerprint ON source_certificates (sha256);
CREATE INDEX source_certificates_by_subject ON source_certificates (subject);
CREATE INDEX source_certificates_by_key_id ON source_certificates (subject_key_id) WHERE subject_key_id IS NOT NULL;

-- What a certificate is depends on the list that it stands in.
CREATE TABLE source_members (
    source             BLOB    NOT NULL REFERENCES sources (id),
    certificate        INTEGER NOT NULL REFERENCES source_certificates (id),
    kind               TEXT    NOT NULL CHECK (kind IN ('csca', 'document-signer', 'list-signer', 'other')),
    country            TEXT    NOT NULL,
    PRIMARY KEY (source, certificate)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_members_by_certificate ON source_members (certificate);
CREATE INDEX source_members_by_country ON source_members (source, country, certificate);
CREATE INDEX source_members_by_kind ON source_members (source, kind, country, certificate);

-- How much a source has of each country, counted when its content is replaced.
CREATE TABLE source_countries (
    source             BLOB    NOT NULL REFERENCES sources (id),
    country            TEXT    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('csca', 'document-signer', 'list-signer', 'other', 'crl')),
    count              INTEGER NOT NULL CHECK (count > 0),
    next_update        INTEGER,
    PRIMARY KEY (source, country, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_crls (
    id                 INTEGER NOT NULL PRIMARY KEY,
    source             BLOB    NOT NULL REFERENCES sources (id),
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    issuer             BLOB    NOT NULL,
    issuer_text        TEXT    NOT NULL,
    authority_key_id   BLOB,
    country            TEXT    NOT NULL,
    number             BLOB    CHECK (length(number) = 20),
    this_update        INTEGER NOT NULL,
    next_update        INTEGER,
    signature          TEXT    NOT NULL CHECK (signature IN ('valid', 'unknown')),
    entries            INTEGER NOT NULL CHECK (entries >= 0),
    size               INTEGER NOT NULL CHECK (size >= 0)
) STRICT;
CREATE UNIQUE INDEX source_crls_of_source ON source_crls (source, sha256);
CREATE INDEX source_crls_by_issuer ON source_crls (issuer);
CREATE INDEX source_crls_by_end ON source_crls (next_update) WHERE next_update IS NOT NULL;

-- A CRL byte for byte, in pieces.
CREATE TABLE source_crl_chunks (
    crl                INTEGER NOT NULL REFERENCES source_crls (id),
    part               INTEGER NOT NULL CHECK (part >= 0),
    bytes              BLOB    NOT NULL,
    PRIMARY KEY (crl, part)
) STRICT, WITHOUT ROWID;

-- Its entries; "position" tells those apart that have the same serial number.
CREATE TABLE source_revoked (
    crl                INTEGER NOT NULL REFERENCES source_crls (id),
    serial             BLOB    NOT NULL,
    position           INTEGER NOT NULL CHECK (position >= 0),
    revoked_at         INTEGER NOT NULL,
    reason             TEXT,
    PRIMARY KEY (crl, serial, position)
) STRICT, WITHOUT ROWID;

-- What could not be read, as it came.
CREATE TABLE source_quarantine (
    id                 INTEGER NOT NULL PRIMARY KEY,
    source             BLOB    NOT NULL REFERENCES sources (id),
    place              TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    detail             TEXT    NOT NULL,
    size               INTEGER NOT NULL CHECK (size >= 0),
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes              BLOB    NOT NULL
) STRICT;
CREATE INDEX source_quarantine_of_source ON source_quarantine (source);

-- Every refresh, and how it ended; "fields" is a JSON object of texts.
CREATE TABLE source_events (
    id                 INTEGER NOT NULL PRIMARY KEY,
    source             BLOB    NOT NULL REFERENCES sources (id),
    at                 INTEGER NOT NULL,
    outcome            TEXT    NOT NULL CHECK (outcome IN ('created', 'replaced', 'unchanged', 'failed')),
    by_hand            INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
    added              INTEGER NOT NULL CHECK (added >= 0),
    removed            INTEGER NOT NULL CHECK (removed >= 0),
    changed            INTEGER NOT NULL CHECK (changed >= 0),
    quarantined        INTEGER NOT NULL CHECK (quarantined >= 0),
    milliseconds       INTEGER NOT NULL CHECK (milliseconds >= 0),
    times              INTEGER NOT NULL CHECK (times >= 0),
    passing            INTEGER NOT NULL CHECK (passing IN (0, 1)),
    stage              TEXT    CHECK (stage IN ('fetch', 'verify', 'stage', 'compare', 'replace')),
    code               TEXT    CHECK ((outcome = 'failed') = (code IS NOT NULL)),
    fields             TEXT    NOT NULL
) STRICT;
CREATE INDEX source_events_of_source ON source_events (source);

-- A key that is compromised is looked for among those that spell out their curve: few, in a table of any size.
CREATE INDEX certificates_on_own_curves ON certificates (id) WHERE key_kind IN ('ec-explicit', 'ec-implicit');
