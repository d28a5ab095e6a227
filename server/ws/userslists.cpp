#include "server/ws/userslists.h"

#include "common/jsonwriter.h"
#include "server/core/hub.h"

#include <QTimerEvent>

#include <algorithm>
#include <tuple>
#include <utility>

namespace rookery::ws {

namespace {

/// How long a list is kept that nobody asks for, at least.
constexpr int keptMs = 5000;
/// Shorter ones are made anew as quickly.
constexpr size_t worthKeeping = 16;
/// Past so many changes, and half the list, making it anew costs no more.
constexpr size_t changesKept = 64;

constexpr QByteArrayView head(R"({"type":"room_users_list","users":[)");
constexpr QByteArrayView tail("]}");

QByteArray entryOf(const User &user)
{
    JsonWriter json(160);
    json.beginObject();
    if (user.guest)
        json.field(QLatin1String("guest"), true);
    json.field(QLatin1String("id"), QStringView(user.id));
    json.field(QLatin1String("username"), QStringView(user.name));
    return json.endObject().take();
}

} // namespace

UsersLists::UsersLists(const core::Hub *hub, QObject *parent)
    : QObject(parent)
    , m_hub(hub)
{
    connect(hub, &core::Hub::memberChanged, this, &UsersLists::note);
}

QByteArray UsersLists::of(const QString &roomId)
{
    auto found = m_lists.find(roomId);
    if (found == m_lists.end()) {
        List fresh = made(roomId);
        if (fresh.entries.size() < worthKeeping)
            return fresh.frame;
        found = m_lists.emplace(roomId, std::move(fresh)).first;
        if (!m_timer.isActive())
            m_timer.start(keptMs, this);
    }
    List &list = found->second;
    list.asked = true;
    for (const Member &member : std::exchange(list.changes, {})) {
        if (member.online)
            insert(list, member.user);
        else
            remove(list, member.user);
    }
    return list.frame;
}

void UsersLists::note(const core::MemberChange &change)
{
    if (change.what() != core::MemberChange::What::Presence)
        return;
    const auto found = m_lists.find(change.roomId());
    if (found == m_lists.end())
        return;
    List &list = found->second;
    if (list.changes.size() >= changesKept + list.entries.size() / 2)
        m_lists.erase(found);
    else
        list.changes.push_back(change.member());
}

void UsersLists::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    for (auto list = m_lists.begin(); list != m_lists.end();)
        list = std::exchange(list->second.asked, false) ? std::next(list) : m_lists.erase(list);
    if (m_lists.empty())
        m_timer.stop();
}

UsersLists::List UsersLists::made(const QString &roomId) const
{
    QList<User> users = m_hub->onlineIn(roomId);
    std::sort(users.begin(), users.end(),
        [](const User &a, const User &b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
    List list;
    list.entries.reserve(size_t(users.size()));
    list.frame.reserve(head.size() + users.size() * 100 + tail.size());
    list.frame.append(head);
    for (const User &user : std::as_const(users)) {
        const QByteArray entry = entryOf(user);
        if (!list.entries.empty())
            list.frame.append(',');
        list.frame.append(entry);
        list.entries.push_back({user.name, user.id, entry.size()});
    }
    list.frame.append(tail);
    return list;
}

std::vector<UsersLists::Entry>::iterator UsersLists::placeOf(List &list, const User &user)
{
    return std::lower_bound(
        list.entries.begin(), list.entries.end(), user, [](const Entry &entry, const User &its) {
            return std::tie(entry.name, entry.id) < std::tie(its.name, its.id);
        });
}

/// Where the entry stands in the frame, behind the comma before it.
qsizetype UsersLists::offsetOf(const List &list, std::vector<Entry>::const_iterator entry)
{
    qsizetype offset = head.size();
    for (auto before = list.entries.begin(); before != entry; ++before)
        offset += before->bytes + 1;
    return offset;
}

void UsersLists::insert(List &list, const User &user)
{
    const auto place = placeOf(list, user);
    if (place != list.entries.end() && place->id == user.id)
        return;
    QByteArray entry = entryOf(user);
    const qsizetype bytes = entry.size();
    qsizetype offset = offsetOf(list, place);
    if (place != list.entries.end()) {
        entry.append(',');
    } else if (!list.entries.empty()) {
        entry.prepend(',');
        --offset;
    }
    list.frame.insert(offset, entry);
    list.entries.insert(place, {user.name, user.id, bytes});
}

void UsersLists::remove(List &list, const User &user)
{
    const auto place = placeOf(list, user);
    if (place == list.entries.end() || place->id != user.id)
        return;
    qsizetype offset = offsetOf(list, place);
    qsizetype bytes = place->bytes;
    if (list.entries.size() > 1) {
        ++bytes; // with the comma behind it, or before the last one
        if (place + 1 == list.entries.end())
            --offset;
    }
    list.frame.remove(offset, bytes);
    list.entries.erase(place);
}

} // namespace rookery::ws
