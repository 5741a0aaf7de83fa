using System.Text.Json.Nodes;

namespace Guildhall.Benchmarks;

/// <summary>A piece of work to measure, and what it is held against.</summary>
/// <param name="Repeats">Whether a request may be sent again, as reads may.</param>
/// <param name="Requests">Makes the requests of one round, before the clock starts.</param>
/// <param name="Yardstick">Made from the first request.</param>
internal sealed record Workload(
    string Name,
    int Clients,
    bool Repeats,
    BenchedService Service,
    Func<Task<IReadOnlyList<Func<HttpRequestMessage>>>> Requests,
    Func<Func<HttpRequestMessage>, Task<Yardstick>> Yardstick)
{
    private const int SuccessLength = 20;
    private const int InvitersAtOnce = 64;
    private const int InvitationsEach = 200;

    public static IEnumerable<Workload> All(BenchedService service)
    {
        foreach (var clients in new[] { 1, 64 })
        {
            yield return ListThree(service, clients);
            yield return InviteOne(service, clients);
            yield return InviteForty(service, clients);
            yield return Answer(service, clients);
        }
    }

    private static Workload ListThree(BenchedService service, int clients)
    {
        Tenant? inviter = null;
        return new Workload("list 3 members", clients, Repeats: true, service, MakeAsync, async request =>
        {
            using var message = request();
            using var response = await service.Http.SendAsync(message);
            return Benchmarks.Yardstick.BareEndpoint(service, clients, request, (await response.Content.ReadAsByteArrayAsync()).Length);
        });

        async Task<IReadOnlyList<Func<HttpRequestMessage>>> MakeAsync()
        {
            if (inviter is null)
            {
                inviter = await service.AddTenantAsync(service.NewName(), isInvitee: false);
                await SendAsync(service, service.Request(inviter, HttpMethod.Post, "members/invitations", Invitation(inviter, await service.AddAccountsAsync(3))));
            }

            return [() => service.Request(inviter, HttpMethod.Get, "members")];
        }
    }

    /// <summary>Held against the engine itself: what it can make durable.</summary>
    private static Workload InviteOne(BenchedService service, int clients) =>
        new("invite one", clients, Repeats: false, service, () => InviteAsync(service, InvitersAtOnce, InvitationsEach, 1), _ => Task.FromResult(service.Durable));

    private static Workload InviteForty(BenchedService service, int clients) =>
        new("invite 40 at once", clients, Repeats: false, service, () => InviteAsync(service, 200, 1, 40), request =>
            Task.FromResult(Benchmarks.Yardstick.BareEndpoint(service, clients, request, SuccessLength)));

    private static Workload Answer(BenchedService service, int clients)
    {
        return new Workload("agree to one", clients, Repeats: false, service, MakeAsync, request =>
            Task.FromResult(Benchmarks.Yardstick.BareEndpoint(service, clients, request, SuccessLength)));

        async Task<IReadOnlyList<Func<HttpRequestMessage>>> MakeAsync()
        {
            var inviter = await service.AddTenantAsync(service.NewName(), isInvitee: false);
            var invitees = new List<Tenant>();
            for (var i = 0; i < 300; i++)
            {
                invitees.Add(await service.AddTenantAsync(service.NewName(), isInvitee: true));
            }

            await SendAsync(service, service.Request(inviter, HttpMethod.Post, "members/invitations", Invitation(inviter, invitees.Select(invitee => invitee.Name))));
            return [.. invitees.Select(invitee => (Func<HttpRequestMessage>)(() => service.Request(invitee, HttpMethod.Post, "notification/handle", Agreement(inviter, invitee))))];
        }
    }

    private static async Task<IReadOnlyList<Func<HttpRequestMessage>>> InviteAsync(BenchedService service, int inviters, int calls, int inviteesPerCall)
    {
        var requests = new List<Func<HttpRequestMessage>>();
        for (var n = 0; n < inviters; n++)
        {
            var inviter = await service.AddTenantAsync(service.NewName(), isInvitee: false);
            foreach (var names in (await service.AddAccountsAsync(calls * inviteesPerCall)).Chunk(inviteesPerCall))
            {
                requests.Add(() => service.Request(inviter, HttpMethod.Post, "members/invitations", Invitation(inviter, names)));
            }
        }

        // One call of each inviter after the other, as many tenants at work at once would have it.
        return [.. Enumerable.Range(0, requests.Count).Select(turn => requests[((turn % inviters) * calls) + (turn / inviters)])];
    }

    private static async Task SendAsync(BenchedService service, HttpRequestMessage message)
    {
        using var request = message;
        using var response = await service.Http.SendAsync(request);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        }
    }

    private static string Invitation(Tenant inviter, IEnumerable<string> names) => new JsonObject
    {
        ["bcs_id"] = inviter.ServiceId,
        ["channel_name"] = "channel",
        ["invited_userinfo"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["invited_user"] = name })]),
    }.ToJsonString();

    private static string Agreement(Tenant inviter, Tenant invitee) => new JsonObject
    {
        ["channel_name"] = "channel",
        ["status"] = "agreed",
        ["invitor_info"] = new JsonObject
        {
            ["invitor_bcs_id"] = inviter.ServiceId,
            ["invitor_bcs_name"] = "service",
            ["invitor_project_id"] = inviter.ProjectId,
            ["invitor_user_id"] = inviter.AccountId,
        },
        ["invitee_info"] = new JsonObject
        {
            ["invitee_bcs_id"] = invitee.ServiceId,
            ["invitee_bcs_name"] = "service",
            ["invitee_project_id"] = invitee.ProjectId,
            ["invitee_user_id"] = invitee.AccountId,
        },
        ["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "organization" }),
    }.ToJsonString();
}
