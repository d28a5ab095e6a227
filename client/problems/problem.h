// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/certificateproblem.h"
#include "common/error.h"

#include <QObject>

#include <chrono>
#include <memory>

namespace rookery::client {

/// Why something did not happen, as a code with its data; `client/sentences` makes the sentence. Only the
/// members that the kind names are set.
class Problem
{
    Q_GADGET
public:
    enum Kind {
        None,
        Refused, ///< the server says no: `code`, `detail` in its words, `field`, `retryAfter`

        // What was typed; `field` names the input.
        NoAddress,
        BadAddress, ///< `detail`: what was typed
        BadScheme, ///< `detail`: the scheme
        UserInAddress,
        QueryInAddress, ///< `detail`: the character that it begins with
        BadPort,
        NoUserName,
        NoPassword,
        NoRoomName,
        EmptyMessage,
        LongMessage, ///< `number` characters, at most `limit`
        NotInRoom,

        // On the way to `server`.
        ConnectionRefused,
        ConnectionClosed,
        HostNotFound,
        NoAnswer,
        NetworkDown,
        Redirected,
        TlsFailed, ///< `fault`
        BadCertificate, ///< `certificate`
        NoWebSocket,
        NetworkFailed, ///< `detail`: Qt's own text

        // What `server` answers, or something in front of it.
        ForeignText, ///< `detail`: one line
        Unavailable, ///< `number`: the HTTP status, `detail`: its reason
        MaybeEncrypted, ///< the same, over plain HTTP
        ForeignAnswer, ///< the same
        NoJson,
        LargeAnswer,
        UnreadableAnswer, ///< `detail`: why, for developers

        // The link.
        Closed, ///< `number`: the close code (common/closecode.h)
        Silent, ///< no answer to the first request
        WentSilent,
        Asleep, ///< the computer was
        EventsMissing,
        LargeFrame,
        ManyRooms, ///< more than `limit`
        EndlessRooms,
        SlowServer, ///< does not take what is sent

        // The log-in.
        AwaitingKeyring,
        LoggedOut,

        // The kept log-in, in the file `path`.
        LogInNotRead, ///< `number`: errno, as in the next two
        LogInNotKept,
        LogInNotDeleted,
        LogInFileIsLink, ///< it is refused, as for the next five
        LogInFileIsNoFile, ///< but a directory or a pipe
        LogInFileOfOther, ///< it belongs to another user
        LogInFileOpen, ///< others may use it: `number` is its mode
        LogInFileTooLarge,
        LogInFileDamaged, ///< `detail`: why, for developers

        // The keyring.
        KeyringLostLogIn,
        KeyringLocked,
        KeyringUnusable,
        NoKeyring,

        // The history.
        FullTimeline,
        Contradiction,
        OnlyChanges, ///< of old messages, as far back as has been looked
    };
    Q_ENUM(Kind)

    Problem() = default;
    /// What the server refused.
    Problem(const Error &error)
        : kind(Refused)
        , code(error.code)
        , detail(error.detail)
        , field(error.field)
        , retryAfter(error.retryAfter)
    { }
    explicit Problem(Kind what, const QString &text = {})
        : kind(what)
        , detail(text)
    { }

    /// Typed into the input of this name.
    static Problem typed(Kind kind, const QString &field, const QString &detail = {});
    /// Of the connection, not of what was asked for: its field is `server`.
    static Problem ofServer(Kind kind, const QString &server, const QString &detail = {});
    static Problem ofCertificate(const CertificateProblem &certificate);
    static Problem closed(quint16 code);
    static Problem ofFile(Kind kind, const QString &path, qint64 number = 0, const QString &detail = {});

    explicit operator bool() const { return kind != None; }
    /// For the log, not for people.
    QString name() const;

    Kind kind = None;
    ErrorCode code = ErrorCode::Internal;
    QString detail;
    QString field;
    std::chrono::milliseconds retryAfter{0};
    QString server; ///< as it is shown
    QString path; ///< of a file
    TlsFault fault = TlsFault::Other;
    qint64 number = 0;
    qint64 limit = 0;
    std::shared_ptr<const CertificateProblem> certificate;
};

/// Why a message was not sent, or is delayed: small, since each row of a timeline has one.
struct SendFailure
{
    enum Kind : quint8 {
        None,
        Refused, ///< by the server: `code`, `detail`
        NotInRoom,
        Sentence, ///< `detail`, as 0.1.0 has stored it
    };
    Kind kind = None;
    ErrorCode code = ErrorCode::Internal;
    QString detail = {};

    static SendFailure of(const Error &error) { return {Refused, error.code, error.detail}; }

    bool isEmpty() const { return kind == None; }
    /// The form in which it is stored: a code, and the server's words in a second line.
    QString toText() const;
    static SendFailure fromText(const QString &text);

    bool operator==(const SendFailure &) const = default;
};

} // namespace rookery::client
