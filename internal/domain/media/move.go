package media

import (
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

var moveFiles = db.SQL(`UPDATE media SET conversation_id = $3 WHERE organization_id = $1 AND conversation_id = $2`)

// Move gives the files of a conversation that turned out to be another one to
// that one, in the transaction that joins them.
func (s *Service) Move(tx *db.Tx, org, from, to id.ID) error {
	_, err := tx.Exec(moveFiles, org, from, to)
	return err
}
