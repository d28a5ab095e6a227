// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/metering.h"

#include <utility>

namespace rookery::http {

namespace {

/// Charged at once, so that a piece costs an addition.
constexpr qint64 step = 256 * 1024;

class Count
{
public:
    explicit Count(Meter meter)
        : m_meter(std::move(meter))
    { }

    void add(qint64 bytes)
    {
        m_bytes += bytes;
        if (m_bytes >= step)
            m_meter(std::exchange(m_bytes, 0));
    }

private:
    Meter m_meter;
    qint64 m_bytes = 0;
};

class MeteredSink : public net::BodySink
{
public:
    MeteredSink(std::unique_ptr<net::BodySink> sink, Meter meter)
        : m_sink(std::move(sink))
        , m_count(std::move(meter))
    { }

    Flow begin(net::Exchange &exchange) override { return m_sink->begin(exchange); }
    Flow take(QByteArrayView bytes) override
    {
        m_count.add(bytes.size());
        return m_sink->take(bytes);
    }
    void end() override { m_sink->end(); }
    void aborted() override { m_sink->aborted(); }

private:
    std::unique_ptr<net::BodySink> m_sink;
    Count m_count;
};

class MeteredSource : public net::BodySource
{
public:
    MeteredSource(std::unique_ptr<net::BodySource> source, Meter meter)
        : m_source(std::move(source))
        , m_count(std::move(meter))
    { }

    std::optional<qint64> length() const override { return m_source->length(); }
    void begin(net::Exchange &exchange) override { m_source->begin(exchange); }
    Pulled pull(qsizetype most, QByteArray &bytes) override
    {
        const Pulled pulled = m_source->pull(most, bytes);
        if (pulled == Pulled::Bytes)
            m_count.add(bytes.size());
        return pulled;
    }

private:
    std::unique_ptr<net::BodySource> m_source;
    Count m_count;
};

} // namespace

std::unique_ptr<net::BodySink> metered(std::unique_ptr<net::BodySink> sink, Meter meter)
{
    return std::make_unique<MeteredSink>(std::move(sink), std::move(meter));
}

std::unique_ptr<net::BodySource> metered(std::unique_ptr<net::BodySource> source, Meter meter)
{
    return std::make_unique<MeteredSource>(std::move(source), std::move(meter));
}

} // namespace rookery::http
