// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/messageactions.h"

#include "client/sentences/sentences.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/dialogs/versionsdialog.h"
#include "client/views/widgets/question.h"
#include "common/printable.h"
#include "common/text.h"

#include <QMessageBox>
#include <QPushButton>

namespace rookery::client {

namespace {

bool isSameMessage(const TimelineItem &item, const MessageId &message)
{
    return message.seq > 0 ? item.seq == message.seq : item.own && item.clientId == message.clientId;
}

} // namespace

MessageActions::MessageActions(Chat *chat, Composer *composer, TimelineView *timeline, QWidget *window)
    : QObject(window)
    , m_chat(chat)
    , m_composer(composer)
    , m_timeline(timeline)
    , m_window(window)
{
    connect(timeline, &TimelineView::editRequested, this, [this](qint64 seq, const QString &clientId) {
        edit({seq, clientId});
    });
    connect(timeline, &TimelineView::deleteRequested, this, [this](qint64 seq, const QString &clientId) {
        askToDelete({seq, clientId});
    });
    connect(timeline, &TimelineView::versionsRequested, this, &MessageActions::showVersions);
    connect(timeline, &TimelineView::tooOldToEdit, this, [this] { Q_EMIT note(tooOld()); });
    connect(timeline, &TimelineView::textWanted, this, [this](const QString &changeId, const QString &text) {
        if (useAsNewMessage(changeId, text))
            m_composer->edit()->setFocus(Qt::OtherFocusReason);
        else
            Q_EMIT note(tr("First save or cancel the message that you are editing."));
    });
    connect(chat, &Chat::editRefused, this, &MessageActions::onEditRefused);
    connect(chat, &Chat::linkStateChanged, this, &MessageActions::review);
    connect(chat, &Chat::roomRemoved, composer, &Composer::endEditing);
    connect(composer, &Composer::editLastRequested, this, &MessageActions::editLast);
    connect(composer, &Composer::editSubmitted, this, &MessageActions::save);
    connect(chat, &Chat::roomChanged, this, [this](const QString &roomId) {
        if (roomId == m_room)
            review();
    });
}

void MessageActions::setRoom(const QString &roomId)
{
    m_room = roomId;
    review();
    if (m_source)
        m_source->disconnect(this);
    m_source = m_timeline->source();
    if (!m_source)
        return;
    connect(m_source, &TimelineSource::changed, this, &MessageActions::checkEdited);
    connect(m_source, &TimelineSource::inserted, this, &MessageActions::checkEdited);
    connect(m_source, &TimelineSource::reset, this, &MessageActions::checkEdited);
    // It may have happened while another room was shown. The composer shows this one in a moment.
    QMetaObject::invokeMethod(this, &MessageActions::checkEdited, Qt::QueuedConnection);
}

void MessageActions::checkEdited()
{
    const auto edited = m_composer->editedMessage();
    if (!edited || !m_source || m_composer->room() != m_room)
        return;
    for (int row = m_source->count() - 1; row >= 0; --row) {
        const TimelineItem &item = m_source->at(row);
        if (!isSameMessage(item, *edited))
            continue;
        if (item.kind != TimelineItem::Kind::Deleted)
            return;
        const bool isKept = m_composer->endEditing(m_room);
        m_composer->showProblem(
            isKept ? tr(
                "The message that you were editing was deleted. Your text is in the input: Return sends it "
                "as a new message.")
                   : tr("The message that you were editing was deleted."));
        return;
    }
}

void MessageActions::review()
{
    const Room room = m_chat->room(m_room);
    m_timeline->setRights(
        {!room.id.isEmpty(), may(m_chat->actor(m_room), Action::DeleteOthers), m_chat->limits().editWindow});
}

int MessageActions::rowOf(const MessageId &message) const
{
    const TimelineSource *source = m_timeline->source();
    int row = source ? source->count() - 1 : -1;
    for (; row >= 0; --row) {
        const TimelineItem &item = source->at(row);
        if (isSameMessage(item, message) && item.kind == TimelineItem::Kind::Message)
            break;
    }
    return row;
}

const TimelineItem *MessageActions::find(const MessageId &message) const
{
    const int row = rowOf(message);
    return row >= 0 ? &m_timeline->source()->at(row) : nullptr;
}

void MessageActions::edit(const MessageId &message)
{
    const TimelineItem *item = find(message);
    if (!item)
        return;
    m_composer->startEditing(message, item->text);
    Q_EMIT editing();
}

void MessageActions::editLast()
{
    for (int row = m_timeline->rowCount() - 1; row >= 0; --row) {
        if (m_timeline->canEdit(row)) {
            const TimelineItem &item = m_timeline->source()->at(row);
            edit({item.seq, item.clientId});
            return;
        }
        if (m_timeline->isTooOldToEdit(row)) {
            Q_EMIT note(tooOld()); // and so are those above
            return;
        }
    }
}

QString MessageActions::tooOld() const
{
    return tr("This message cannot be edited any more: that is possible for %1 after it was sent.")
        .arg(inWords(m_chat->limits().editWindow));
}

void MessageActions::onEditRefused(
    const QString &roomId, const QString &changeId, const QString &text, const SendFailure &failure)
{
    // Where the input is in use, the row keeps the text, and its menu offers it.
    if (roomId != m_room || isRetryable(failure.code) || !m_timeline->source() || !m_composer->isFree())
        return;
    int row = m_timeline->rowCount() - 1;
    while (row >= 0 && m_timeline->source()->at(row).changeId != changeId)
        --row;
    const QString reason = m_timeline->isTooOldToEdit(row) ? tooOld() : inWords(failure);
    if (useAsNewMessage(changeId, text))
        m_composer->showProblem(
            tr("%1 Your text is back in the input: Return sends it as a new message.").arg(reason));
}

bool MessageActions::useAsNewMessage(const QString &changeId, const QString &text)
{
    if (!m_timeline->source() || !m_composer->append(text))
        return false;
    m_timeline->source()->discard(changeId);
    return true;
}

void MessageActions::save(const QString &roomId, const MessageId &message, const QString &text)
{
    // What has been stored meanwhile has a seq by now.
    MessageId now = message;
    if (const int row = rowOf(message); row >= 0) {
        const TimelineItem &item = m_timeline->source()->at(row);
        now.seq = item.seq;
        if (item.text == rookery::text::trimmedMessage(text)) {
            m_composer->stopEditing();
            return;
        }
        if (m_timeline->isTooOldToEdit(row)) {
            m_composer->showProblem(tooOld());
            return;
        }
    }
    Problem problem;
    if (m_chat->editMessage(roomId, now, text, &problem))
        m_composer->stopEditing();
    else
        m_composer->showProblem(problem ? inWords(problem) : tr("This cannot be saved."));
}

void MessageActions::whenDeleted(
    const MessageId &message, QObject *context, const std::function<void()> &action)
{
    const QPointer<TimelineSource> source = m_timeline->source();
    if (!source)
        return;
    const auto look = [source, message, action] {
        for (int row = source ? source->count() - 1 : -1; row >= 0; --row) {
            const TimelineItem &item = source->at(row);
            if (!isSameMessage(item, message))
                continue;
            if (item.kind == TimelineItem::Kind::Deleted)
                action();
            return;
        }
    };
    connect(source, &TimelineSource::changed, context, look);
    connect(source, &TimelineSource::inserted, context, look);
    connect(source, &TimelineSource::reset, context, look);
}

void MessageActions::whenRoomIsLost(QObject *context, const std::function<void(const QString &why)> &action)
{
    connect(m_chat, &Chat::roomRemoved, context,
        [this, room = m_room, title = m_chat->roomTitle(m_room), action](const QString &removed) {
            if (removed == room)
                action(inWords(m_chat->removal(room), title));
        });
}

void MessageActions::askToDelete(const MessageId &message)
{
    const TimelineItem *item = find(message);
    if (!item)
        return;
    auto *question = plainQuestion(m_window, QMessageBox::Question, tr("Delete this message?"),
        item->own ? tr("Delete this message for everybody?")
                  : tr("Delete this message of %1 for everybody?").arg(printableLine(item->senderName)),
        quotation(item->text));
    QPushButton *yes = question->addButton(tr("&Delete"), QMessageBox::DestructiveRole);
    QPushButton *no = question->addButton(QMessageBox::Cancel);
    no->setText(tr("&Cancel"));
    question->setDefaultButton(no);
    question->setEscapeButton(no);
    connect(yes, &QPushButton::clicked, this, [this, room = m_room, message] {
        MessageId now = message;
        const TimelineItem *still = room == m_room ? find(message) : nullptr;
        if (still)
            now.seq = still->seq;
        if (m_composer->editedMessage() == message)
            m_composer->stopEditing();
        m_chat->deleteMessage(room, now);
    });
    whenDeleted(message, question, [question] { question->close(); }); // it quotes the text
    whenRoomIsLost(question, [question](const QString &) { question->close(); });
    question->open();
}

void MessageActions::showVersions(qint64 seq)
{
    auto *dialog = new VersionsDialog(m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &VersionsDialog::pageWanted, this, [this, dialog, room = m_room, seq](qint64 before) {
        m_chat->findVersions(room, seq, before, dialog, [dialog](const Outcome<VersionPage> &page) {
            if (page)
                dialog->showPage(*page);
            else
                dialog->showError(inWords(page.error()));
        });
    });
    whenDeleted({seq, {}}, dialog, [dialog] { dialog->showGone(tr("This message has been deleted.")); });
    whenRoomIsLost(dialog, [dialog](const QString &why) { dialog->showGone(why); });
    dialog->open();
    dialog->load();
}

} // namespace rookery::client
