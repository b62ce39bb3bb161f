package telemetry

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// prefix begins every name of ours.
const prefix = "switchboard"

// Metrics is the registry behind GET /metrics. Registering the same name twice
// panics: that is a defect found at the first start. Labels have few values
// (a channel type, an outcome), never an id.
type Metrics struct{ reg *prometheus.Registry }

// NewMetrics makes a registry that already tells about Go, the process and the
// version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{reg: prometheus.NewRegistry()}
	m.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Gauge("build_info", "Always 1; the label is the version.", "version").WithLabelValues(version).Set(1)
	return m
}

// Counter makes a counter; its name ends in _total.
func (m *Metrics) Counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: prefix, Name: name, Help: help}, labels)
	m.reg.MustRegister(c)
	return c
}

// CounterFunc shows a count that is kept elsewhere.
func (m *Metrics) CounterFunc(name, help string, read func() float64) {
	m.reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: prefix, Name: name, Help: help}, read))
}

// Gauge makes a gauge.
func (m *Metrics) Gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: prefix, Name: name, Help: help}, labels)
	m.reg.MustRegister(g)
	return g
}

// GaugeFunc shows a value that is read when it is asked for; read must be quick.
func (m *Metrics) GaugeFunc(name, help string, read func() float64) {
	m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: prefix, Name: name, Help: help}, read))
}

// Seconds makes a histogram of durations, 1 ms to 60 s; its name ends in _seconds.
func (m *Metrics) Seconds(name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: prefix, Name: name, Help: help,
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}, labels)
	m.reg.MustRegister(h)
	return h
}

// Handler serves the registry.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}
