-- The entries of the newest whole list that was planned, encoded one after another in runs of about 64 KiB, so that a list of a million is copied and not
-- read row by row. All of it is derived from "crl_entries": without it a list takes longer, and it is made anew. A piece has the entries from its
-- "first_entry" up to the next piece's; the last up to the "last_entry" of the cut.
CREATE TABLE crl_pieces (
    id                 INTEGER NOT NULL PRIMARY KEY,
    generation         BLOB    NOT NULL REFERENCES generations (id),
    first_entry        INTEGER NOT NULL CHECK (first_entry >= 0),
    entries            INTEGER NOT NULL CHECK (entries >= 0),
    sha256             BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes              BLOB    NOT NULL,
    UNIQUE (generation, first_entry)
) STRICT;

-- The list that the pieces of a generation are of, what they must come to together, and what had been seen to be on it: the revocations up to
-- "last_revocation", by a list of the time "this_update".
CREATE TABLE crl_cuts (
    generation         BLOB    NOT NULL PRIMARY KEY REFERENCES generations (id),
    number             BLOB    NOT NULL CHECK (length(number) = 20),
    this_update        INTEGER NOT NULL,
    last_entry         INTEGER NOT NULL CHECK (last_entry >= 0),
    last_revocation    INTEGER NOT NULL CHECK (last_revocation >= 0),
    pieces             INTEGER NOT NULL CHECK (pieces >= 0),
    entries            INTEGER NOT NULL CHECK (entries >= 0),
    size               INTEGER NOT NULL CHECK (size >= 0)
) STRICT, WITHOUT ROWID;

-- Entries among the pieces that the next list may have otherwise: marked by whatever changes them, and never forgotten by whoever writes a statement.
CREATE TABLE crl_marks (
    generation         BLOB    NOT NULL REFERENCES generations (id),
    entry              INTEGER NOT NULL CHECK (entry >= 0),
    serial             BLOB    NOT NULL,
    PRIMARY KEY (generation, entry, serial)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER crl_entry_is_cut_again AFTER UPDATE OF id, generation, serial, encoded, first_crl, last_crl, closed ON crl_entries
WHEN OLD.id <= (SELECT last_entry FROM crl_cuts WHERE generation = OLD.generation) BEGIN
    INSERT INTO crl_marks (generation, entry, serial) VALUES (OLD.generation, OLD.id, OLD.serial) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER crl_entry_is_cut_out AFTER DELETE ON crl_entries
WHEN OLD.id <= (SELECT last_entry FROM crl_cuts WHERE generation = OLD.generation) BEGIN
    INSERT INTO crl_marks (generation, entry, serial) VALUES (OLD.generation, OLD.id, OLD.serial) ON CONFLICT DO NOTHING;
END;
-- An id that was the last and is free again is given to the next.
CREATE TRIGGER crl_entry_is_cut_in AFTER INSERT ON crl_entries
WHEN NEW.id <= (SELECT last_entry FROM crl_cuts WHERE generation = NEW.generation) BEGIN
    INSERT INTO crl_marks (generation, entry, serial) VALUES (NEW.generation, NEW.id, NEW.serial) ON CONFLICT DO NOTHING;
END;
