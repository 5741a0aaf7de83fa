using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Guildhall.Benchmarks;

/// <summary>A piece of work to measure, and its yardstick.</summary>
/// <param name="Requests">Makes the requests of one round; they are made before the clock starts.</param>
/// <param name="Repeats">Whether a request may be sent again, as reads may.</param>
/// <param name="AnswerLength">What the bare endpoint answers with, in bytes.</param>
internal sealed record Workload(
    string Name, int Clients, bool Repeats, Func<Task<IReadOnlyList<Func<HttpRequestMessage>>>> Requests, Func<Task<int>> AnswerLength, BenchedService Service)
{
    private const int SuccessLength = 20;

    public static IEnumerable<Workload> All(BenchedService service)
    {
        foreach (var clients in new[] { 1, 64 })
        {
            yield return ListThree(service, clients);
            yield return InviteForty(service, clients);
            yield return Answer(service, clients);
        }
    }

    private static Workload ListThree(BenchedService service, int clients)
    {
        Tenant? inviter = null;
        return new Workload(
            "list 3 members",
            clients,
            Repeats: true,
            async () =>
            {
                await PrepareAsync();
                return [() => service.Request(inviter!, HttpMethod.Get, "members")];
            },
            async () =>
            {
                await PrepareAsync();
                using var request = service.Request(inviter!, HttpMethod.Get, "members");
                using var response = await service.Http.SendAsync(request);
                return (await response.Content.ReadAsByteArrayAsync()).Length;
            },
            service);

        async Task PrepareAsync()
        {
            if (inviter is null)
            {
                inviter = await service.AddTenantAsync($"list-{clients}", isInvitee: false);
                await SendAsync(service, service.Request(inviter, HttpMethod.Post, "members/invitations", Invitation(inviter, await service.AddAccountsAsync($"listed-{clients}", 3))));
            }
        }
    }

    private static Workload InviteForty(BenchedService service, int clients)
    {
        var round = 0;
        return new Workload(
            "invite 40 at once",
            clients,
            Repeats: false,
            async () =>
            {
                round++;
                var requests = new List<Func<HttpRequestMessage>>();
                foreach (var names in (await service.AddAccountsAsync($"forty-{clients}-{round}", 40 * 200)).Chunk(40))
                {
                    var inviter = await service.AddTenantAsync("inviter of " + names[0], isInvitee: false);
                    requests.Add(() => service.Request(inviter, HttpMethod.Post, "members/invitations", Invitation(inviter, names)));
                }

                return requests;
            },
            () => Task.FromResult(SuccessLength),
            service);
    }

    private static Workload Answer(BenchedService service, int clients)
    {
        var round = 0;
        return new Workload(
            "agree to one",
            clients,
            Repeats: false,
            async () =>
            {
                round++;
                var invitees = new List<Tenant>();
                for (var i = 0; i < 300; i++)
                {
                    invitees.Add(await service.AddTenantAsync($"answer-{clients}-{round}-{i}", isInvitee: true));
                }

                await SendAsync(service, service.Request(service.Inviter, HttpMethod.Post, "members/invitations", Invitation(service.Inviter, invitees.Select(invitee => invitee.Name))));
                return [.. invitees.Select(invitee => (Func<HttpRequestMessage>)(() => service.Request(invitee, HttpMethod.Post, "notification/handle", Agreement(service.Inviter, invitee))))];
            },
            () => Task.FromResult(SuccessLength),
            service);
    }

    /// <summary>The yardstick's request: the same body, answered with as many bytes by an endpoint that does nothing else.</summary>
    public async Task<Func<HttpRequestMessage>> BareAsync(Func<HttpRequestMessage> like)
    {
        var address = new Uri(Service.Bare, "?bytes=" + (await AnswerLength()).ToString(CultureInfo.InvariantCulture));
        using var original = like();
        var (method, body) = (original.Method, original.Content is null ? null : await original.Content.ReadAsStringAsync());
        return () => new HttpRequestMessage(method, address) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
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
