package app

import (
	"context"
	"path/filepath"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/secret"
)

// Storage is what every command works on.
type Storage struct {
	DB    *db.DB
	Keys  *secret.Keyring
	Blobs blob.Store
	cfg   Config
}

// Open opens the database, migrates it and makes sure that the keys fit. Several
// processes may have the same storage open.
func Open(ctx context.Context, cfg Config) (*Storage, error) {
	cfg = cfg.withDefaults()
	if err := prepareDirectory(cfg.Data); err != nil {
		return nil, err
	}
	if cfg.DatabaseURL == "" {
		release, err := lockOpening(cfg.Data)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	d, err := db.Open(ctx, db.Options{Path: filepath.Join(cfg.Data, databaseFile), URL: cfg.DatabaseURL, Log: cfg.Log, Clock: cfg.Clock})
	if err != nil {
		return nil, err
	}
	keys, err := openKeys(ctx, d, cfg)
	if err != nil {
		d.Close()
		return nil, err
	}
	blobs, err := blob.Open(filepath.Join(cfg.Data, mediaDirectory), cfg.MediaURL, cfg.MediaKeys)
	if err != nil {
		d.Close()
		return nil, err
	}
	return &Storage{DB: d, Keys: keys, Blobs: blobs, cfg: cfg}, nil
}

// Accounts makes the account domain over the storage; bus is nil outside a
// server.
func (s *Storage) Accounts(bus *event.Bus) *account.Service {
	return account.New(s.DB, s.cfg.Clock, s.cfg.Log, bus)
}

// Close closes the database.
func (s *Storage) Close() { s.DB.Close() }
