package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/secret"
)

const canaryName = "canary"

var (
	selectKeys   = db.SQL(`SELECT id, wrapped FROM data_key ORDER BY created_at, id`)
	insertKey    = db.SQL(`INSERT INTO data_key (id, wrapped, created_at) VALUES ($1, $2, $3)`)
	selectCanary = db.SQL(`SELECT value FROM instance WHERE name = $1`)
	insertCanary = db.SQL(`INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`)
)

// stored is what the database holds of the keys.
type stored struct {
	canary []byte
	keys   []secret.WrappedKey
}

// openKeys reads the data keys and unwraps them with the master key. On the
// first start it makes both. A master key that does not fit is refused before
// anything is encrypted with it.
func openKeys(ctx context.Context, d *db.DB, cfg Config) (*secret.Keyring, error) {
	have, err := readKeys(ctx, d)
	if err != nil {
		return nil, err
	}
	master, err := masterKey(cfg, have.canary == nil)
	if err != nil {
		return nil, err
	}
	if have.canary == nil {
		if err := firstKey(ctx, d, cfg, master); err != nil {
			return nil, err
		}
		if have, err = readKeys(ctx, d); err != nil { // another process may have been first
			return nil, err
		}
	}
	ring, err := secret.NewKeyring(master, have.keys)
	if err == nil {
		err = ring.CheckCanary(have.canary)
	}
	if err != nil {
		if errors.Is(err, secret.ErrWrongMasterKey) {
			err = secret.ErrWrongMasterKey // which key did not open helps nobody
		}
		return nil, err
	}
	return ring, nil
}

// masterKey makes a key only where nothing is encrypted yet: a new one beside
// old data would hide that the right one is lost.
func masterKey(cfg Config, mayMake bool) (secret.MasterKey, error) {
	key, made, err := secret.LoadMasterKey(secret.MasterKeySource{
		Text: cfg.MasterKey, File: cfg.MasterKeyFile, DataDir: cfg.Data, Create: mayMake})
	if errors.Is(err, fs.ErrNotExist) && cfg.MasterKeyFile == "" {
		return key, fmt.Errorf("the master key %s is missing, and the database is encrypted with it; copy it from another node or from where you keep it",
			filepath.Join(cfg.Data, "master.key"))
	}
	if made {
		cfg.Log.Info("a master key was made; keep a copy of it apart from backups", "file", filepath.Join(cfg.Data, "master.key"))
	}
	return key, err
}

func readKeys(ctx context.Context, d *db.DB) (have stored, err error) {
	err = d.System().Read(ctx, func(tx *db.Tx) error {
		have = stored{}
		err := tx.Row(selectCanary, []any{canaryName}, &have.canary)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return err
		}
		return tx.Query(selectKeys, nil, func(scan func(...any) error) error {
			var text string
			var k secret.WrappedKey
			if err := scan(&text, &k.Wrapped); err != nil {
				return err
			}
			n, err := strconv.ParseUint(text, 10, 32)
			k.ID = uint32(n)
			have.keys = append(have.keys, k)
			return err
		})
	})
	return have, err
}

// firstKey makes the first data key and the canary. Of several processes that
// start at once, the one that writes the canary wins.
func firstKey(ctx context.Context, d *db.DB, cfg Config, master secret.MasterKey) error {
	ring, err := secret.NewKeyring(master, nil)
	if err != nil {
		return err
	}
	key, canary := ring.NewKey(), ring.Canary()
	return d.System().Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(insertCanary, canaryName, canary)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(insertKey, strconv.FormatUint(uint64(key.ID), 10), key.Wrapped, cfg.Clock.Now())
		return err
	})
}
