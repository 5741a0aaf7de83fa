using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Api;

/// <summary>How a refusal comes about.</summary>
/// <param name="Ask">The request that is refused.</param>
/// <param name="Given">What has to have happened before it.</param>
internal sealed record RefusalCase(Func<TestService, Task<(int Status, string Body)>> Ask, Func<TestService, Task>? Given = null);

/// <summary>A way to each of <see cref="Refusal.All"/>. All can be reached over HTTP; two of them only with help from below:</summary>
/// <remarks>
/// <see cref="Refusal.Busy"/> by a trigger that lets every change of a membership be lost as if to a faster neighbour, and
/// <see cref="Refusal.Internal"/> by a table that is taken away.
/// </remarks>
internal static class RefusalCases
{
    /// <summary>More requests than any other case takes to be brought about.</summary>
    private const int Burst = 32;

    /// <summary>More rows than any other case takes.</summary>
    private const int RowsAtOnce = 12;

    private const int InvitationsPerDay = 4;

    private const string NobodysId = "00000000-0000-4000-8000-000000000000";

    public static readonly Dictionary<string, RefusalCase> All = new(StringComparer.Ordinal)
    {
        // --- The request as HTTP
        [nameof(Refusal.Draining)] = new(Members, service =>
        {
            _ = service.Services.GetRequiredService<Drain>().BeginAsync();
            return Task.CompletedTask;
        }),
        [nameof(Refusal.Overloaded)] = new(Members, service =>
        {
            var gate = service.Services.GetRequiredService<Gate>();
            while (gate.TryTake())
            {
                // until all places are taken
            }

            return Task.CompletedTask;
        }),
        [nameof(Refusal.RequestMalformed)] = new(service => RawAsync(service, "nonsense\n\n")),
        [nameof(Refusal.ProtocolUnsupported)] = new(service => RawAsync(service, $"GET {Path(service)}/members HTTP/1.0\n\n")),
        [nameof(Refusal.HeadersTooLarge)] = new(service => RawAsync(service, Head(service, "GET", "members") + $"X-Long: {new string('x', 32769)}\n\n")),
        [nameof(Refusal.UriTooLong)] = new(service => RawAsync(service, Head(service, "GET", new string('x', 32769)) + "\n")),
        [nameof(Refusal.ProjectPlaceholder)] = new(service => SendAsync(service, "GET", "/v2/%7Bproject_id%7D/members", service.Inviter.Token)),
        [nameof(Refusal.UrlUnknown)] = new(service => service.Inviter.GetAsync("memberships")),
        [nameof(Refusal.MethodUnsupported)] = new(service => service.Inviter.PostAsync("members", "{}")),

        // --- Who is calling
        [nameof(Refusal.TooManyFailures)] = new(SignByNobodyAsync, async service =>
        {
            for (var i = 0; i < Guildhall.Identity.FailureBrake.FreePerName; i++)
            {
                await SignByNobodyAsync(service);
            }
        }),
        [nameof(Refusal.TokenInvalid)] = new(service => SendAsync(service, "GET", $"{Path(service)}/members", "unknown")),
        [nameof(Refusal.SignatureInvalid)] = new(SignByNobodyAsync),
        [nameof(Refusal.TooManyRequests)] = new(Members, async service =>
        {
            for (var i = 0; i < Burst; i++)
            {
                await Members(service);
            }
        }),
        [nameof(Refusal.TooManyAtOnce)] = new(Members, service =>
        {
            var gate = service.Services.GetRequiredService<Gate>();
            while (gate.TryCount(service.Inviter.AccountId))
            {
                // until the account has all the places that it may have
            }

            return Task.CompletedTask;
        }),
        [nameof(Refusal.ProjectForbidden)] = new(service => SendAsync(service, "GET", $"{Path(service)}/members", service.Third.Token)),
        [nameof(Refusal.RoleForbidden)] = new(
            async service =>
            {
                var answer = await SendAsync(service, "POST", $"{Path(service)}/members/invitations", "readers", "{}");
                Assert.Contains("auditor is a reader", answer.Body);
                return answer;
            },
            async service =>
            {
                await service.AddUserAsync(service.Inviter.AccountId, "auditor-id", "auditor", "reader");
                await service.AddTokenAsync("readers", service.Inviter.AccountId, "auditor-id", service.Inviter.ProjectId);
            }),

        // --- The request's body and query
        [nameof(Refusal.MediaTypeUnsupported)] = new(service =>
            RawAsync(service, Head(service, "PUT", "members/quit") + "Content-Type: text/plain\nContent-Length: 2\n\n{}")),
        [nameof(Refusal.BodyTooLarge)] = new(service =>
            RawAsync(service, Head(service, "PUT", "members/quit") + "Content-Length: 1048577\n\n")),
        [nameof(Refusal.BodyTooSlow)] = new(service =>
            RawAsync(service, Head(service, "PUT", "members/quit") + "Content-Length: 2\n\n{")),
        [nameof(Refusal.BodyMalformed)] = new(service => service.Inviter.PutAsync("members/quit", "{")),
        [nameof(Refusal.ParameterMissing)] = new(service => service.Inviter.PutAsync("members/quit", "{}")),
        [nameof(Refusal.ParameterInvalid)] = new(service => service.Inviter.GetAsync("members?limit=none")),
        [nameof(Refusal.ChannelNameInvalid)] = new(service => CreateChannelsAsync(service.Inviter, "Upper")),
        [nameof(Refusal.QuotaTypeInvalid)] = new(service => service.Inviter.GetAsync("quotas?quotasType=cluster")),

        // --- What an account may add
        [nameof(Refusal.TooManyWrites)] = new(
            service => service.Inviter.PutAsync("blockchains/" + service.Inviter.ServiceId, ScaledTo(1)),
            async service =>
            {
                for (var i = 0; i < RowsAtOnce; i++)
                {
                    Assert.Equal(200, (await service.Inviter.PutAsync("blockchains/" + service.Inviter.ServiceId, ScaledTo(1 + ((i + 1) % 2)))).Status);
                }
            }),

        // --- A request that is sent again
        [nameof(Refusal.KeyReused)] = new(
            service => service.Inviter.SendAsync(HttpMethod.Post, ChannelsOf(service.Inviter), ChannelNamed("third"), key: "key"),
            async service => Assert.Equal(
                200, (await service.Inviter.SendAsync(HttpMethod.Post, ChannelsOf(service.Inviter), ChannelNamed("second"), key: "key")).Status)),

        [nameof(Refusal.TooManyKeys)] = new(
            service => service.Inviter.SendAsync(HttpMethod.Put, "blockchains/" + service.Inviter.ServiceId, ScaledTo(1), key: "third"),
            async service =>
            {
                Assert.Equal(200, (await service.Inviter.SendAsync(HttpMethod.Put, "blockchains/" + service.Inviter.ServiceId, ScaledTo(2), key: "first")).Status);
                Assert.Equal(200, (await service.Inviter.SendAsync(HttpMethod.Put, "blockchains/" + service.Inviter.ServiceId, ScaledTo(1), key: "second")).Status);
            }),

        // --- The objects the request names
        [nameof(Refusal.ServiceNotFound)] = new(service => service.Inviter.GetAsync("blockchains/" + NobodysId)),
        [nameof(Refusal.ServiceNameTaken)] = new(service => CreateServiceAsync(service.Inviter, service.Inviter.ServiceName)),
        [nameof(Refusal.ChannelNotFound)] = new(service => service.Inviter.InviteAsync(service.Invitee, channel: "elsewhere")),
        [nameof(Refusal.OrganizationNotFound)] = new(
            service => service.Invitee.AgreeAsync(change: body => body["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "Organization" })),
            InviteAsync),
        [nameof(Refusal.ServiceQuotaReached)] = new(
            service => CreateServiceAsync(service.Inviter, "third"),
            service => service.Inviter.AddServiceAsync("second", traits => traits)),
        [nameof(Refusal.ChannelExists)] = new(service => CreateChannelsAsync(service.Inviter, "channel")),
        [nameof(Refusal.ChannelQuotaReached)] = new(service => CreateChannelsAsync(service.Inviter, "second", "third")),
        [nameof(Refusal.PeerQuotaReached)] = new(service => service.Inviter.PutAsync(
            "blockchains/" + service.Inviter.ServiceId, """{ "node_orgs": [{ "name": "organization", "node_count": 3 }] }""")),
        [nameof(Refusal.ChannelInUse)] = new(service => service.Inviter.DeleteAsync($"blockchains/{service.Inviter.ServiceId}/channel/channel"), InviteAsync),
        [nameof(Refusal.OrganizationInUse)] = new(service => service.Inviter.PutAsync(
            "blockchains/" + service.Inviter.ServiceId, """{ "is_delete_org": true, "node_orgs": [{ "name": "organization" }] }""")),

        // --- Inviting
        [nameof(Refusal.NotConsortium)] = new(InviteInviteeAsync, service => service.ExecuteAsync("UPDATE services SET blockchain_type = 'private'")),
        [nameof(Refusal.EditionCannotInvite)] = new(InviteInviteeAsync, service => service.ExecuteAsync("UPDATE services SET edition = 4")),
        [nameof(Refusal.NotCreator)] = new(service => CreateChannelsAsync(service.Invitee, "second")),
        [nameof(Refusal.InviteeUnknown)] = new(service => service.Inviter.InviteNamesAsync("nobody")),
        [nameof(Refusal.InviteeIsInviter)] = new(service => service.Inviter.InviteAsync(service.Inviter)),
        [nameof(Refusal.AlreadyInvited)] = new(InviteInviteeAsync, InviteAsync),
        [nameof(Refusal.MemberLimitReached)] = new(service => service.Inviter.InviteAsync(service.Third), InviteAsync),

        [nameof(Refusal.InboxFull)] = new(service => service.Inviter.InviteAsync(service.Invitee, "second"), async service =>
        {
            await service.Inviter.AddChannelAsync("second");
            await InviteAsync(service);
        }),
        [nameof(Refusal.InvitedTooOften)] = new(InviteInviteeAsync, async service =>
        {
            for (var i = 0; i < InvitationsPerDay; i++)
            {
                await InviteAsync(service);
                Assert.Equal(200, (await service.Inviter.DeleteInvitationAsync(service.Invitee, "waiting")).Status);
            }
        }),

        // --- Answering, quitting, deleting
        [nameof(Refusal.InvitationNotFound)] = new(service => service.Third.AgreeAsync(), InviteAsync),
        [nameof(Refusal.InviterDisabled)] = new(service => service.Invitee.AgreeAsync(), async service =>
        {
            await service.Inviter.InviteAsync(service.Invitee);
            await service.Services.GetRequiredService<Guildhall.Identity.Accounts>().SetEnabledAsync(service.Inviter.AccountName, false, default);
        }),
        [nameof(Refusal.PossessionUnproven)] = new(service => service.Invitee.AgreeAsync(), async service =>
        {
            await InviteAsync(service);
            await PlannedChannel.AttachAsync(service, provenAt: null, service.Invitee);
        }),
        [nameof(Refusal.OrganizationHeld)] = new(
            async service => await service.Invitee.GetAsync($"members/{await service.Invitee.NotificationIdAsync()}/network-plan?blockchain_id={service.Invitee.ServiceId}"),
            async service =>
            {
                await InviteAsync(service);
                await PlannedChannel.AttachAsync(service, service.Clock.GetUtcNow(), service.Inviter, service.Invitee);
            }),
        [nameof(Refusal.AlreadyAgreed)] = new(service => service.Invitee.AgreeAsync(), JoinAsync),
        [nameof(Refusal.InvitationClosed)] = new(service => service.Invitee.AgreeAsync(), async service =>
        {
            await InviteAsync(service);
            await service.Invitee.RejectAsync();
        }),
        [nameof(Refusal.ServiceMismatch)] = new(service => service.Invitee.AgreeAsync(), async service =>
        {
            await InviteAsync(service);
            await service.ExecuteAsync("UPDATE services SET consensus = 'sflic' WHERE id = @id", ("id", service.Invitee.ServiceId));
        }),
        [nameof(Refusal.ServiceTaken)] = new(service => service.Invitee.AgreeAsync(to: service.Third), async service =>
        {
            await JoinAsync(service);
            await service.Third.AddServiceAsync("rival", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
            Assert.Equal(200, (await service.Third.InviteAsync(service.Invitee)).Status);
        }),
        [nameof(Refusal.NotJoined)] = new(service => service.Invitee.QuitAsync(), InviteAsync),
        [nameof(Refusal.NotDeletable)] = new(service => service.Inviter.DeleteInvitationAsync(service.Invitee), JoinAsync),
        [nameof(Refusal.NotificationNotFound)] = new(service =>
            service.Invitee.PutAsync("notifications/" + NobodysId, """{ "read_status": 1 }""")),
        [nameof(Refusal.NotificationWaiting)] = new(
            async service => await service.Invitee.PutAsync("notifications/" + await service.Invitee.NotificationIdAsync(), """{ "hide": 1 }"""),
            InviteAsync),

        // --- Signing a channel's change
        [nameof(Refusal.SignatureRequestNotFound)] = new(service => service.Invitee.GetAsync("signature-requests/" + AskedToSign.Id), AskedToSign.AskAsync),
        [nameof(Refusal.SignatureAnswered)] = new(DeclineAsync, async service =>
        {
            await AskedToSign.AskAsync(service);
            await SignAsync(service, AskedToSign.Signature);
        }),
        [nameof(Refusal.SignatureUnfit)] = new(service => SignAsync(service, AskedToSign.ForgedSignature), AskedToSign.AskAsync),

        // --- A service on its network
        [nameof(Refusal.NotAttached)] = new(service => service.Inviter.GetAsync($"blockchains/{service.Inviter.ServiceId}/network")),
        [nameof(Refusal.AttachmentUnfit)] = new(service => service.Inviter.PutAsync($"blockchains/{service.Inviter.ServiceId}/network", """
            { "profile": "none", "organizations": [{ "name": "organization", "msp_id": "Org1MSP", "msp": { "config.yaml": "" } }] }
            """)),

        [nameof(Refusal.TooManyLooks)] = new(LookAsync, LookAsync),

        // --- What an answer or a quit would cause
        [nameof(Refusal.NothingPlanned)] = new(PlanAsync, InviteAsync),
        [nameof(Refusal.ChannelUnreadable)] = new(PlanAsync, PlannedChannel.JoinWithoutKeysAsync),

        // --- Ours
        [nameof(Refusal.Busy)] = new(
            async service =>
            {
                var answer = await KeystoneTests.SendAsync(
                    service, "PUT", $"/v2/{service.Invitee.ProjectId}/notifications/{await service.Invitee.NotificationIdAsync()}", service.Invitee.Token,
                    """{ "read_status": 1 }""");
                Assert.Equal("1", answer.RetryAfter);
                return ((int)answer.Status, answer.Body);
            },
            async service =>
            {
                await InviteAsync(service);
                await service.ExecuteAsync("CREATE TRIGGER outrun BEFORE UPDATE ON memberships BEGIN SELECT RAISE(IGNORE); END");
            }),
        [nameof(Refusal.Internal)] = new(Members, service => service.ExecuteAsync("ALTER TABLE memberships RENAME TO lost")),
    };

    /// <summary>Limits that two requests reach.</summary>
    public static ServerSettings LimitTightly(ServerSettings settings) => settings with
    {
        Load = new LoadLimits { RequestsPerSecond = 1, RequestBurst = Burst },
        Looks = new LookLimits { PerMinute = 1 },
        Fabric = NetworkSettings.None with { ChangesChannels = true },
        Limits = new Limits { Services = 2, Enterprise = new EditionLimits(Members: 1, Channels: 2, PeersPerOrganization: 2) },
        Quotas = new Quotas { WritesPerHour = 1, WriteBurst = RowsAtOnce, IdempotencyKeys = 2, InvitationsPerDay = InvitationsPerDay, OpenInvitationsPerInviter = 1 },
    };

    private static string ScaledTo(int peers) => $$"""{ "node_orgs": [{ "name": "organization", "node_count": {{peers}} }] }""";

    private static string Path(TestService service) => $"/v2/{service.Inviter.ProjectId}";

    private static string Head(TestService service, string method, string path) =>
        $"{method} {Path(service)}/{path} HTTP/1.1\nHost: localhost\nX-Auth-Token: {service.Inviter.Token}\n";

    private static Task<(int Status, string Body)> Members(TestService service) => service.Inviter.GetAsync("members");

    private static async Task InviteAsync(TestService service) => Assert.Equal(200, (await InviteInviteeAsync(service)).Status);

    private static Task<(int Status, string Body)> InviteInviteeAsync(TestService service) => service.Inviter.InviteAsync(service.Invitee);

    private static Task JoinAsync(TestService service) => service.JoinAsync(service.Invitee);

    private static Task<(int Status, string Body)> CreateServiceAsync(Person person, string name) => person.PostAsync("blockchains", $$"""
        {
          "name": "{{name}}", "version_type": 3, "cluster_type": "cce",
          "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false
        }
        """);

    private static string ChannelsOf(Person person) => $"blockchains/{person.ServiceId}/channels";

    private static string ChannelNamed(string name) => $$"""{ "channels": [{ "channel_name": "{{name}}" }] }""";

    private static Task<(int Status, string Body)> CreateChannelsAsync(Person person, params string[] names)
    {
        var channels = names.Select(name => (JsonNode)new JsonObject { ["channel_name"] = name }).ToArray();
        return person.PostAsync(ChannelsOf(person), new JsonObject { ["channels"] = new JsonArray(channels) }.ToJsonString());
    }

    private static async Task<(int Status, string Body)> SendAsync(TestService service, string method, string path, string token, string? body = null)
    {
        var answer = await KeystoneTests.SendAsync(service, method, path, token, body);
        return ((int)answer.Status, answer.Body);
    }

    private static async Task<(int Status, string Body)> SignByNobodyAsync(TestService service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"{Path(service)}/members"));
        TestSigner.Sign(request, "NOBODYSKEY", "secret", service.Clock.GetUtcNow());
        var answer = await KeystoneTests.SendAsync(service, request);
        return ((int)answer.Status, answer.Body);
    }

    private static async Task<(int Status, string Body)> RawAsync(TestService service, string request)
    {
        await using var raw = await RawHttp.ConnectAsync(service);
        var answer = await raw.SendAsync(request);
        return (int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3)), answer[answer.IndexOf('{')..]);
    }

    private static Task<(int Status, string Body)> SignAsync(TestService service, string signature) =>
        service.Inviter.PostAsync($"signature-requests/{AskedToSign.Id}/signature", $$"""{ "signature": "{{signature}}" }""");

    private static async Task<(int Status, string Body)> PlanAsync(TestService service) =>
        await service.Inviter.GetAsync($"members/{await PlannedChannel.MemberIdAsync(service)}/network-plan");

    /// <summary>Has a node asked, at an address that is not connected to.</summary>
    private static Task<(int Status, string Body)> LookAsync(TestService service) => service.Invitee.PutAsync($"blockchains/{service.Invitee.ServiceId}/network?check=true", """
        {
          "profile": "{ organizations: { O: { mspid: Org1MSP } }, orderers: { o: { url: 'grpc://127.0.0.1:7050' } } }",
          "organizations": [{ "name": "organization", "msp_id": "Org1MSP", "msp": { "config.yaml": "" } }]
        }
        """);

    private static Task<(int Status, string Body)> DeclineAsync(TestService service) =>
        service.Inviter.PostAsync($"signature-requests/{AskedToSign.Id}/decline", """{ "reason": "not before May" }""");
}
