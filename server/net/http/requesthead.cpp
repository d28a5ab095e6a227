// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/requesthead.h"

#include <algorithm>

namespace rookery::net {

QByteArrayView withoutTrailingSlash(QByteArrayView path)
{
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    return path;
}

QByteArray RequestHead::single(QByteArrayView name) const
{
    QByteArray found;
    int times = 0;
    for (const Field &field : fields) {
        if (field.name == name) {
            found = field.value;
            ++times;
        }
    }
    return times == 1 ? found : QByteArray();
}

QByteArray RequestHead::first(QByteArrayView name) const
{
    for (const Field &field : fields) {
        if (field.name == name)
            return field.value;
    }
    return {};
}

QByteArray RequestHead::cookies() const
{
    QByteArray all;
    for (const Field &field : fields) {
        if (field.name != "cookie")
            continue;
        if (all.isEmpty())
            all = field.value;
        else
            all.append("; ").append(field.value);
    }
    return all;
}

int RequestHead::count(QByteArrayView name) const
{
    return int(std::ranges::count_if(fields, [&](const Field &field) { return field.name == name; }));
}

QByteArrayList RequestHead::list(QByteArrayView name) const
{
    QByteArrayList elements;
    for (const Field &field : fields) {
        if (field.name != name)
            continue;
        const QByteArrayList parts = field.value.split(',');
        for (const QByteArray &part : parts) {
            if (const QByteArray element = part.trimmed(); !element.isEmpty())
                elements.append(element);
        }
    }
    return elements;
}

bool RequestHead::lists(QByteArrayView name, QByteArrayView token) const
{
    return std::ranges::any_of(list(name),
        [&](const QByteArray &element) { return element.compare(token, Qt::CaseInsensitive) == 0; });
}

} // namespace rookery::net
