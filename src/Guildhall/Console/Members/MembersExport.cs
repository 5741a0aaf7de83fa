using System.Text;
using System.Text.Json;
using Guildhall.Api;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Console.Members;

/// <summary>What a search finds as a file, however much it is: read and sent a piece at a time, the newest invitation first.</summary>
internal static class MembersExport
{
    private const int PieceRows = 200;

    public static IResult Csv(ConsoleRequest request, MemberSearch search)
    {
        var body = new ChunkedBody();
        Encoding.UTF8.GetBytes("\uFEFFinviter,inviter_service,channel,invitee,invitee_service,organizations,peers,state,invited_at,changed_at,reason\r\n", body);
        return new Download(request, "text/csv; charset=utf-8", "members.csv", body, Pieces(request, search, (members, _) =>
        {
            foreach (var member in members)
            {
                Encoding.UTF8.GetBytes(string.Join(',', Row(member).Select(Quote)), body);
                Encoding.UTF8.GetBytes("\r\n", body);
            }
        }));
    }

    public static IResult Json(ConsoleRequest request, MemberSearch search)
    {
        var body = new ChunkedBody();
        var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true });
        writer.WriteStartArray();
        return new Download(request, Answers.ContentType, "members.json", body, Pieces(request, search, (members, isLast) =>
        {
            members.ForEach(member => Write(writer, member));
            if (isLast)
            {
                writer.WriteEndArray();
            }

            writer.Flush();
        }));
    }

    private static Func<CancellationToken, Task<bool>> Pieces(ConsoleRequest request, MemberSearch search, Action<List<Membership>, bool> write)
    {
        string? before = null;
        return async cancellationToken =>
        {
            var piece = await request.Overview.ReadMembersAsync(request.Caller, search, before, PieceRows, cancellationToken);
            before = piece.Next;
            write(piece.Rows, before is null);
            return before is not null;
        };
    }

    private static string[] Row(Membership member) =>
    [
        member.Inviter.AccountName, member.Inviter.ServiceName, member.ChannelName, member.Invitee.AccountName, member.Invitee.ServiceName,
        string.Join(' ', member.Organizations.Select(organization => organization.Name)),
        member.Organizations.Sum(organization => organization.NodeCount).ToString(),
        member.State.ToWire(), member.InvitedAt.ToWire(), member.ChangedAt.ToWire(), member.Reason ?? "",
    ];

    /// <summary>A text that a spreadsheet takes for a formula gets an apostrophe, which makes it a text again.</summary>
    private static string Quote(string text)
    {
        var harmless = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' ? "'" + text : text;
        return harmless.AsSpan().ContainsAny(",\"\r\n") ? $"\"{harmless.Replace("\"", "\"\"")}\"" : harmless;
    }

    private static void Write(Utf8JsonWriter writer, Membership member)
    {
        writer.WriteStartObject();
        WriteParty(writer, "inviter", member.Inviter);
        WriteParty(writer, "invitee", member.Invitee);
        writer.WriteString("channel_name", member.ChannelName);
        writer.WriteString("status", member.State.ToWire());
        writer.WriteStartArray("organizations");
        foreach (var organization in member.Organizations)
        {
            writer.WriteStartObject();
            writer.WriteString("name", organization.Name);
            writer.WriteNumber("node_count", organization.NodeCount);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("invited_at", member.InvitedAt.ToWire());
        writer.WriteString("changed_at", member.ChangedAt.ToWire());
        if (member.Reason is { } reason)
        {
            writer.WriteString("reason", reason);
        }

        writer.WriteEndObject();
    }

    private static void WriteParty(Utf8JsonWriter writer, string name, Party party)
    {
        writer.WriteStartObject(name);
        writer.WriteString("account_id", party.AccountId);
        writer.WriteString("account_name", party.AccountName);
        writer.WriteString("service_id", party.ServiceId);
        writer.WriteString("service_name", party.ServiceName);
        writer.WriteEndObject();
    }
}
