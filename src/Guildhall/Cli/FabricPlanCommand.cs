using System.CommandLine;
using Guildhall.Api;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary>What an answer or a quit would cause on the channel.</summary>
internal static class FabricPlanCommand
{
    public static Command Create()
    {
        var (place, settings) = (new ServicePlace(), new FabricSettings());
        var channel = new Option<string>("--channel") { Description = "The name of the channel.", Required = true, HelpName = "name" };
        var with = new Option<string?>("--with") { Description = "The account on the other side, where several are in question.", HelpName = "account" };
        var organizations = new Option<string?>("--organizations") { Description = "With which of the service's organizations an invitation would be agreed to, separated by commas. Default: all.", HelpName = "names" };
        return StoreCommand.Create(
            "plan",
            """
            Show what agreeing to an invitation, or quitting, would cause on the channel: in words, who would have to sign, and which elements
            of the configuration would change (with --json, how). Nothing is submitted. For a membership that is joining or leaving, show what is
            still to be done.
            Example: guildhall fabric plan --account north-mill --project cn-north-4 --service mill --channel trade --config /etc/guildhall/guildhall.json
            """,
            [.. place.Options, channel, with, organizations, .. settings.Options],
            async (run, cancellationToken) =>
            {
                var keys = settings.Read(run.Arguments).Settings;
                if ((await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found))
                {
                    return refusal;
                }

                var membership = await FindAsync(run.Store, found.Caller, found.Service, run.Arguments.GetRequiredValue(channel), run.Arguments.GetValue(with), cancellationToken);
                var previews = new ChannelPreviews(
                    run.Store, keys, new ChannelSessions(run.Store, keys.CreateSigners(run.Store.Keys), FabricSettings.NodesOf(run, keys), new Holders(run.Store), new CallersClock(TimeProvider.System)), new CallersClock(TimeProvider.System));
                var names = (run.Arguments.GetValue(organizations) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                if ((await previews.ShowAsync(found.Caller, membership.Id, new Agreement(found.Service.Id, [.. names.Distinct()]), new UnlimitedLooks(new LookLimits(), TimeProvider.System), cancellationToken)).IsRefused(out refusal, out var preview))
                {
                    return refusal;
                }

                var plan = NetworkPlan.Of(preview);
                await run.Printer.TellAsync(plan, Answers.Json.NetworkPlan, Lines(plan));
                return null;
            });
    }

    private static async Task<Membership> FindAsync(
        Store store, Caller caller, Service service, string channel, string? with, CancellationToken cancellationToken)
    {
        var found = await store.ReadAsync(session => session.SearchMembersAsync(caller.AccountId, caller.ProjectId, new MemberSearch(ChannelName: channel), cancellationToken), cancellationToken);
        var open = found.FindAll(one => one.State.IsOpen() && IsOf(service, one) && (with is null || OtherThan(service, one) == with));
        return open switch
        {
            [var one] => one,
            [] => throw new OperatorException($"Service {service.Name} has no invitation and no membership in channel {channel}{(with is null ? "" : $" with {with}")}."),
            _ => throw new OperatorException($"Several are in question; say with whom: {string.Join(", ", open.Select(one => $"--with {OtherThan(service, one)}"))}."),
        };
    }

    private static bool IsOf(Service service, Membership membership) =>
        membership.Inviter.ServiceId == service.Id || (membership.Invitee.AccountId == service.AccountId && (membership.Invitee.ServiceId is "" || membership.Invitee.ServiceId == service.Id));

    private static string OtherThan(Service service, Membership membership) =>
        membership.Inviter.ServiceId == service.Id ? membership.Invitee.AccountName : membership.Inviter.AccountName;

    private static IEnumerable<string> Lines(NetworkPlan plan)
    {
        yield return $"{(plan.Change == "join" ? "Joining" : "Leaving")} channel {plan.Channel}, told from its configuration {plan.Sequence}. Nothing is submitted.";
        foreach (var words in plan.Words)
        {
            yield return $"- {words}";
        }

        foreach (var finding in plan.Findings)
        {
            yield return $"{(finding.Outcome == "failed" ? "✗ failed" : "! warning")}: {finding.Words}";
            yield return $"    {finding.Remedy}";
        }

        if (plan.Missing.Length > 0)
        {
            yield return $"Has to sign: {plan.Missing}.";
            foreach (var set in plan.SmallestSets.Where(set => plan.SmallestSets.Count > 1 || set.Count > 1))
            {
                yield return $"    {string.Join(" and ", set)}";
            }

            if (!plan.AreAllListed && plan.SmallestSets.Count > 0)
            {
                yield return plan.SetCount is { } count ? $"    These are {plan.SmallestSets.Count} of {count} sets that would do." : "    There are more sets that would do.";
            }
        }

        foreach (var element in plan.Difference)
        {
            yield return $"{(element.Before is null ? "+" : element.After is null ? "-" : "~")} {element.Element}";
        }
    }
}
