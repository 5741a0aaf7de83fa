using System.Text.RegularExpressions;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

/// <summary>A consortium of a few tenants that call all at once, so that their calls share a transaction; or one after another.</summary>
internal sealed partial class SmallBatch(TestService service, Person neighbour)
{
    private const int Large = 1_000_000;

    /// <summary>Tables that a case begins without.</summary>
    private static readonly string[] Cleared = ["memberships", "outbox", "operations", "places", "held_organizations", "enactments", "signature_requests"];

    private readonly MemberManagement members = service.Services.GetRequiredService<MemberManagement>();
    private readonly ServiceManagement services = service.Services.GetRequiredService<ServiceManagement>();

    /// <summary>What can be called, by its name.</summary>
    private Dictionary<string, Func<Task<string>>> Calls => new()
    {
        ["mill invited"] = () => InviteAsync(service.Inviter, "north-mill"),
        ["foundry invited"] = () => InviteAsync(service.Inviter, "south-foundry"),
        ["guest invited"] = () => InviteAsync(service.Inviter, "guest-1"),
        ["two invited"] = () => InviteAsync(service.Inviter, "guest-2", "guest-3"),
        ["mill agrees"] = () => AnswerAsync(service.Invitee, new Agreement(service.Invitee.ServiceId, ["organization"])),
        ["foundry agrees"] = () => AnswerAsync(service.Third, new Agreement(service.Third.ServiceId, ["organization"])),
        ["mill rejects"] = () => AnswerAsync(service.Invitee, null),
        ["foundry rejects"] = () => AnswerAsync(service.Third, null),
        ["mill quits"] = () => QuitAsync(service.Invitee),
        ["foundry quits"] = () => QuitAsync(service.Third),
        ["mill withdrawn"] = () => WithdrawAsync("north-mill"),
        ["foundry withdrawn"] = () => WithdrawAsync("south-foundry"),
        ["inviter's service deleted"] = () => DeleteAsync(service.Inviter),
        ["mill's service deleted"] = () => DeleteAsync(service.Invitee),
        ["neighbour refused"] = () => InviteAsync(neighbour, "guest-1"),
        ["neighbour refused at its limit"] = () => InviteAsync(neighbour, "north-mill"),
    };

    public IReadOnlyList<string> Names => [.. Calls.Keys];

    /// <summary>Begins anew: nobody is invited, but by the neighbour, which has no place left.</summary>
    public async Task BeginAsync()
    {
        foreach (var table in Cleared)
        {
            await service.ExecuteAsync($"DELETE FROM {table}");
        }

        await service.ExecuteAsync("UPDATE services SET deleted_at = NULL");
        Assert.Equal("done", await InviteAsync(neighbour, "guest-1", "guest-2", "guest-3"));
    }

    public async Task<string[]> OneAfterAnotherAsync(IEnumerable<string> calls)
    {
        var answers = new List<string>();
        foreach (var call in calls)
        {
            answers.Add(await Calls[call]());
        }

        return [.. answers];
    }

    /// <summary>All of them in one transaction, asked for in this order.</summary>
    public async Task<string[]> AtOnceAsync(IReadOnlyList<string> calls)
    {
        var (release, releaseLarge) = (new TaskCompletionSource(), new TaskCompletionSource());
        var holder = await HoldAsync(release, size: 1);
        var large = await HoldAsync(releaseLarge, Large); // where there is a second writer, it is held by this
        var answers = calls.Select(call => Calls[call]()).ToArray();
        if (service.Store.Dialect is SqliteDialect)
        {
            releaseLarge.SetResult();
        }

        release.SetResult();
        var all = await Task.WhenAll(answers);
        releaseLarge.TrySetResult();
        await Task.WhenAll(holder, large);
        return all;
    }

    /// <summary>What there is, but for ids and times.</summary>
    public async Task<string> StateAsync()
    {
        var memberships = await ListAsync(
            "SELECT inviter_account_name || ' ' || invitee_account_name || ' ' || state || CASE WHEN removed_at IS NULL THEN '' ELSE ' removed' END FROM memberships");
        var queued = await ListAsync(
            "SELECT m.invitee_account_name || ' ' || o.work FROM outbox o LEFT JOIN memberships m ON m.inviter_service_id = o.inviter_service_id AND m.id = o.membership_id");
        var operations = await ListAsync("SELECT type || ' ' || status FROM operations");
        var deleted = await ListAsync("SELECT name FROM services WHERE deleted_at IS NOT NULL");
        return $"members: {memberships}\nqueued: {queued}\noperations: {operations}\ndeleted: {deleted}";
    }

    public async Task<string> StateAfterWorkAsync()
    {
        await service.WorkAsync();
        return await StateAsync();
    }

    private async Task<string> ListAsync(string sql)
    {
        var lines = await service.Store.ReadAsync(session => session.QueryAsync(sql, row => row.IsDBNull(0) ? "?" : row.GetString(0)), default);
        return string.Join(", ", lines.Order(StringComparer.Ordinal));
    }

    private async Task<Task> HoldAsync(TaskCompletionSource release, int size)
    {
        var begun = new TaskCompletionSource();
        var held = service.Store.WriteSharedAsync<Done>(
            [],
            async _ =>
            {
                begun.SetResult();
                await release.Task;
                return new Done();
            },
            default,
            size);
        if (service.Store.Dialect is not SqliteDialect || size < Large)
        {
            await begun.Task;
        }

        return held;
    }

    private Task<string> InviteAsync(Person inviter, params string[] names) =>
        AnswerOf(members.InviteAsync(CallerOf(inviter), new Invitations(inviter.ServiceId, "channel", [.. names]), default));

    private Task<string> AnswerAsync(Person invitee, Agreement? agreement) =>
        AnswerOf(members.AnswerAsync(
            CallerOf(invitee), new InvitationAnswer("channel", service.Inviter.ServiceId, service.Inviter.ProjectId, service.Inviter.AccountId, agreement), default));

    private Task<string> QuitAsync(Person invitee) =>
        AnswerOf(members.QuitAsync(
            CallerOf(invitee), new Quitting(service.Inviter.ServiceId, service.Inviter.ProjectId, service.Inviter.AccountId, "channel", invitee.ServiceId), default));

    private Task<string> WithdrawAsync(string name) =>
        AnswerOf(members.DeleteAsync(CallerOf(service.Inviter), new Deletions(service.Inviter.ServiceId, "channel", [new Deletion(name, null, null)]), default));

    private Task<string> DeleteAsync(Person owner) => AnswerOf(services.DeleteAsync(CallerOf(owner), owner.ServiceId, default));

    private static async Task<string> AnswerOf<T>(Task<Result<T>> call) => (await call).IsRefused(out var refusal) ? $"{refusal.Code} {Id().Replace(refusal.Message, "id")}" : "done";

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    private static Caller CallerOf(Person person) => new(person.AccountId, person.AccountName, person.ProjectId, "cn-north-4", person.UserId, "admin-user", Role.Admin);
}
