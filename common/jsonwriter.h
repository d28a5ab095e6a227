// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QLatin1String>
#include <QString>
#include <QStringView>

#include <utility>

namespace rookery {

/// Writes compact JSON in UTF-8 straight into one buffer, for objects that are written many times a second.
/// The bytes equal those of toJson() if the names of each object are given in ascending order of their code
/// points, as toJson() sorts them. Everything else is built with QJsonObject and written by toJson().
///
/// Commas are added here. The caller must match brackets and give each name a value.
class JsonWriter
{
public:
    /// `expectedBytes`: initial capacity of the buffer.
    explicit JsonWriter(qsizetype expectedBytes = 256)
        : m_out(expectedBytes, Qt::Uninitialized)
    { }

    JsonWriter &beginObject() { return begin('{'); }
    JsonWriter &endObject() { return end('}'); }
    JsonWriter &beginArray() { return begin('['); }
    JsonWriter &endArray() { return end(']'); }

    /// `name` must not need escaping.
    JsonWriter &name(QLatin1String name);
    /// Lone surrogates and control characters, those of C1 included, are written as escapes.
    JsonWriter &value(QStringView text);
    JsonWriter &value(const QString &text) { return value(QStringView(text)); }
    /// ASCII that needs no escaping.
    JsonWriter &value(QLatin1String text);
    JsonWriter &value(qint64 number);
    JsonWriter &value(bool flag);
    JsonWriter &value(const char *) = delete; // would convert to bool
    template <typename Value>
    JsonWriter &field(QLatin1String itsName, const Value &itsValue)
    {
        return name(itsName).value(itsValue);
    }
    /// One or more values, separated by commas, that are JSON already; does nothing if empty.
    JsonWriter &raw(QByteArrayView json);

    QByteArray take();

private:
    JsonWriter &begin(char bracket);
    JsonWriter &end(char bracket);
    /// Where the next value begins, after its comma, with space for `bytes`. What has been written from there
    /// is told to advance().
    char *valueSpace(qsizetype bytes);
    char *space(qsizetype bytes);
    void advance(const char *end) { m_size = end - m_out.constData(); }

    QByteArray m_out; ///< longer than what is written
    qsizetype m_size = 0; ///< bytes written
    bool m_comma = false; ///< a value precedes, in the same brackets
};

} // namespace rookery
