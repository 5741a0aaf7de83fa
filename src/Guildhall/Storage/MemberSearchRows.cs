using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>What a person looks for among the memberships of a project; null means all.</summary>
/// <param name="ServiceId">The project's own service, as inviter or as invitee.</param>
/// <param name="AccountName">A part of either party's name; A and a are the same.</param>
/// <param name="Skip">Rows before the page.</param>
public sealed record MemberSearch(
    string? ServiceId = null,
    string? ChannelName = null,
    MembershipState? State = null,
    string? AccountName = null,
    MemberOrder Order = MemberOrder.Invited,
    bool IsDescending = false,
    int Skip = 0,
    int Limit = int.MaxValue);

/// <summary>By what a list of memberships is sorted.</summary>
public enum MemberOrder
{
    Invited,
    Account,
    Channel,
    State,
    Changed,
}

/// <summary>Which of an account's invitations its inbox shows.</summary>
public enum InboxPart
{
    /// <summary>Those that wait for an answer.</summary>
    Waiting,

    /// <summary>All that are not hidden.</summary>
    Shown,

    Hidden,
}

/// <summary>Pages of memberships for people: searched, sorted and counted. Each reads the rows of one project or account, by their index.</summary>
internal static class MemberSearchRows
{
    /// <summary>A page of the current memberships in which the project takes part.</summary>
    public static Task<List<Membership>> SearchMembersAsync(
        this Session session, string accountId, string projectId, MemberSearch search, CancellationToken cancellationToken)
    {
        var direction = search.IsDescending ? "DESC" : "ASC";
        var (sql, parameters) = Found(accountId, projectId, search, MembershipRows.Columns);
        return session.QueryAsync(
            $"""
            SELECT * FROM ({sql}) AS found
            ORDER BY {ColumnOf(search.Order)} {direction}, id {direction} LIMIT @limit OFFSET @skip
            """,
            MembershipRows.Read,
            [.. parameters, ("limit", search.Limit), ("skip", search.Skip)],
            cancellationToken);
    }

    /// <summary>How many there are on all pages.</summary>
    public static Task<long> CountMembersAsync(
        this Session session, string accountId, string projectId, MemberSearch search, CancellationToken cancellationToken)
    {
        var (sql, parameters) = Found(accountId, projectId, search, "id");
        return session.CountAsync($"SELECT count(*) FROM ({sql}) AS found", parameters, cancellationToken);
    }

    /// <summary>A page of the account's invitations, newest first.</summary>
    public static Task<List<Membership>> ListInboxAsync(
        this Session session, string accountId, string projectId, InboxPart part, int skip, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {MembershipRows.Columns} FROM memberships WHERE {Inbox(part)} ORDER BY id DESC LIMIT @limit OFFSET @skip",
            MembershipRows.Read,
            [("account", accountId), ("project", projectId), ("limit", limit), ("skip", skip)],
            cancellationToken);

    public static Task<long> CountInboxAsync(
        this Session session, string accountId, string projectId, InboxPart part, CancellationToken cancellationToken) =>
        session.CountAsync($"SELECT count(*) FROM memberships WHERE {Inbox(part)}", [("account", accountId), ("project", projectId)], cancellationToken);

    private static string Inbox(InboxPart part) =>
        "invitee_account_id = @account AND invitee_project_id IN ('', @project) AND "
        + part switch
        {
            InboxPart.Waiting => "state = 'waiting' AND removed_at IS NULL",
            InboxPart.Hidden => "is_hidden = 1 AND NOT (state = 'waiting' AND removed_at IS NOT NULL)",
            _ => "is_hidden = 0 AND NOT (state = 'waiting' AND removed_at IS NOT NULL)",
        };

    private static (string Sql, (string Name, object? Value)[] Parameters) Found(
        string accountId, string projectId, MemberSearch search, string columns)
    {
        var conditions = new Conditions(("account", accountId), ("project", projectId));
        conditions.Add("service", "(inviter_service_id = @service OR invitee_service_id = @service)", search.ServiceId);
        conditions.Add("channel", "channel_name = @channel", search.ChannelName);
        conditions.Add("state", "state = @state", search.State?.ToWire());
        conditions.Add("name", "(lower(inviter_account_name) LIKE @name ESCAPE '!' OR lower(invitee_account_name) LIKE @name ESCAPE '!')", PatternOf(search.AccountName));
        return (
            $"""
            SELECT {columns} FROM memberships WHERE inviter_project_id = @project AND removed_at IS NULL{conditions.Sql}
            UNION ALL
            SELECT {columns} FROM memberships
            WHERE  invitee_account_id = @account AND invitee_project_id IN ('', @project) AND removed_at IS NULL{conditions.Sql}
            """,
            conditions.Parameters);
    }

    /// <summary>Only letters A to Z have a lower case for both engines.</summary>
    private static string? PatternOf(string? text) => text is null ? null : $"%{string.Concat(text.Select(Escape))}%";

    private static string Escape(char character) =>
        character is '%' or '_' or '!' ? "!" + character : char.IsAsciiLetterUpper(character) ? char.ToLowerInvariant(character).ToString() : character.ToString();

    private static string ColumnOf(MemberOrder order) => order switch
    {
        MemberOrder.Account => "invitee_account_name",
        MemberOrder.Channel => "channel_name",
        MemberOrder.State => "state",
        MemberOrder.Changed => "changed_at",
        _ => "id",
    };
}
