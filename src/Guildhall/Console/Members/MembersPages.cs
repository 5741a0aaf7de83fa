using System.Text;
using System.Text.Json;
using Guildhall.Api;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Console.Members;

/// <summary>Everyone in the project's consortia: searched, sorted, paged and exported.</summary>
internal static class MembersPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        var search = SearchOf(request) with { Skip = Pages.SkipOf(request), Limit = Pages.Rows };
        var (found, count) = await request.Overview.SearchMembersAsync(request.Caller, search, request.Aborted);
        var (services, _) = await request.Services.ListAsync(request.Caller, null, null, request.Aborted);
        return request.Show<MembersView, MembersModel>(
            request.T("Members"),
            new MembersModel(search, found, services, await request.Overview.ListChannelNamesAsync(request.Caller, request.Aborted), Pages.Of(request, count)));
    }

    public static async Task<IResult> ExportCsvAsync(ConsoleRequest request)
    {
        var (found, _) = await request.Overview.SearchMembersAsync(request.Caller, SearchOf(request), request.Aborted);
        var text = new StringBuilder("\uFEFFinviter,inviter_service,channel,invitee,invitee_service,organizations,peers,state,invited_at,changed_at,reason\r\n");
        foreach (var member in found)
        {
            text.AppendJoin(',', Row(member).Select(Quote)).Append("\r\n");
        }

        return TypedResults.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", "members.csv");
    }

    public static async Task<IResult> ExportJsonAsync(ConsoleRequest request)
    {
        var (found, _) = await request.Overview.SearchMembersAsync(request.Caller, SearchOf(request), request.Aborted);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (var member in found)
            {
                Write(writer, member);
            }

            writer.WriteEndArray();
        }

        return TypedResults.File(buffer.ToArray(), "application/json", "members.json");
    }

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, string id)
    {
        if ((await request.Overview.ShowMemberAsync(request.Caller, serviceId, id, request.Aborted)).IsRefused(out _, out var found))
        {
            return request.NotFound();
        }

        request.RefreshEvery = found.Membership.State is MembershipState.Joining or MembershipState.Leaving ? 5 : null;
        return request.Show<MemberView, MemberModel>(found.Membership.Invitee.AccountName, new MemberModel(found.Membership, found.Operations));
    }

    private static MemberSearch SearchOf(ConsoleRequest request)
    {
        var sort = request.Query("sort");
        return new MemberSearch(
            NullIfEmpty(request.Query("service")),
            NullIfEmpty(request.Query("channel")),
            Names.StateFromWire(request.Query("state")),
            NullIfEmpty(request.Query("name")),
            Enum.TryParse<MemberOrder>(sort.TrimStart('-'), ignoreCase: true, out var order) && Enum.IsDefined(order) ? order : MemberOrder.Invited,
            sort.Length == 0 || sort.StartsWith('-'));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

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
