#pragma once

#include "server/core/memberchange.h"

#include <QBasicTimer>
#include <QByteArray>
#include <QObject>

#include <unordered_map>
#include <vector>

namespace rookery::core {
class Hub;
}

namespace rookery::ws {

/// The `room_users_list` frames of 003 and 004: `{"type":"room_users_list","users":[{"id","username"}…]}`, by
/// name. While people come in a storm each of them needs another one, so that the last one of a room is kept
/// and changed by those who came and went since, and forgotten when nobody has asked for some time. Lives on
/// the reactor's thread.
class UsersLists : public QObject
{
    Q_OBJECT
public:
    explicit UsersLists(const core::Hub *hub, QObject *parent = nullptr);

    /// Who is online in the room by now.
    QByteArray of(const QString &roomId);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Entry
    {
        QString name;
        QString id;
        qsizetype bytes; ///< in the frame
    };
    struct List
    {
        std::vector<Entry> entries; ///< in the order of the frame
        QByteArray frame;
        std::vector<Member> changes; ///< since the frame was made
        bool asked = true; ///< for, since the timer was here last
    };

    void note(const core::MemberChange &change);
    List made(const QString &roomId) const;
    static void insert(List &list, const User &user);
    static void remove(List &list, const User &user);
    static std::vector<Entry>::iterator placeOf(List &list, const User &user);
    static qsizetype offsetOf(const List &list, std::vector<Entry>::const_iterator entry);

    const core::Hub *m_hub;
    std::unordered_map<QString, List> m_lists; ///< by room id; long ones that are in demand
    QBasicTimer m_timer; ///< while there are any
};

} // namespace rookery::ws
