package live

// ring holds the latest frames of an organization without gaps, so that a
// stream that broke for a moment resumes without asking the database.
type ring struct {
	frames []*frame
	bytes  int
}

// first is the oldest sequence it holds; next when it is empty.
func (r *ring) first(next int64) int64 {
	if len(r.frames) == 0 {
		return next
	}
	return r.frames[0].seq
}

// after gives the frames that follow a sequence, nil when none do.
func (r *ring) after(seq int64) []*frame {
	if len(r.frames) == 0 {
		return nil
	}
	if skip := seq + 1 - r.frames[0].seq; skip < int64(len(r.frames)) {
		return r.frames[skip:len(r.frames):len(r.frames)]
	}
	return nil
}

// append adds the newest frames.
func (r *ring) append(frames []*frame, most, mostBytes int) {
	r.set(append(r.frames, frames...), frames)
	r.trim(most, mostBytes)
}

// prepend adds frames that directly precede the oldest.
func (r *ring) prepend(frames []*frame, most, mostBytes int) {
	r.set(append(frames[:len(frames):len(frames)], r.frames...), frames)
	r.trim(most, mostBytes)
}

func (r *ring) set(all, added []*frame) {
	r.frames = all
	for _, f := range added {
		r.bytes += f.size()
	}
}

// trim forgets the oldest. It waits until a quarter too many have gathered, so
// that not every event copies the list; readers of after keep the old one.
func (r *ring) trim(most, mostBytes int) {
	if len(r.frames) <= most+most/4 && r.bytes <= mostBytes+mostBytes/4 {
		return
	}
	drop := 0
	for len(r.frames)-drop > most || r.bytes > mostBytes {
		r.bytes -= r.frames[drop].size()
		drop++
	}
	r.frames = append([]*frame(nil), r.frames[drop:]...)
}

func (r *ring) clear() { r.frames, r.bytes = nil, 0 }
