using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Destinations;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;
using Guildhall.Outbox;
using Guildhall.Sealing;
using Guildhall.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Guildhall.Tests.Fabric;

/// <summary>A Guildhall whose inviter's channel is one of a network of Fabric.</summary>
internal sealed class Consortium : IAsyncDisposable
{
    /// <summary>The networks of tests are on this machine, which an operator has to open.</summary>
    public static readonly NetworkSettings Lab = NetworkSettings.None with
    {
        ChangesChannels = true,
        Destinations = DestinationPolicy.Nodes with { Kinds = DestinationPolicy.Nodes.Kinds.Add(AddressKind.Loopback) },
    };

    /// <summary>The same as a setting of a command.</summary>
    public const string LabDestinations = "public;private;loopback";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private Consortium(FabricNetwork network, TestService service) => (Network, Service) = (network, service);

    public FabricNetwork Network { get; }

    public TestService Service { get; }

    /// <param name="around">Stands between the worker and the network, where a test wants something there.</param>
    /// <param name="configure">Puts other parts into the place of the server's own.</param>
    public static async Task<Consortium> StartAsync(FabricNetwork network, Engine engine = Engine.Sqlite, Func<IChannelNetwork, IChannelNetwork>? around = null, Action<IServiceCollection>? configure = null)
    {
        var service = await TestService.StartAsync(engine, configure: services =>
        {
            Configure(services);
            services.RemoveAll<IChannelNetwork>();
            services.AddSingleton<IChannelNetwork>(all => (around ?? (inner => inner))(all.GetRequiredService<Guildhall.Outbox.FabricNetwork>()));
            configure?.Invoke(services);
        });
        return await OnAsync(network, service);
    }

    /// <summary>Makes a server change channels, on this machine too, open the keys that are attached here, and judge certificates by the machine's clock, as Fabric does.</summary>
    public static void Configure(IServiceCollection services) => services
        .AddSingleton(new CallersClock(TimeProvider.System))
        .AddSingleton(Lab)
        .AddSingleton(FabricOptions.Default with { Patience = TimeSpan.FromSeconds(1) });

    /// <summary>The inviter of a server that is configured for it, attached to the network, with its channel.</summary>
    public static async Task<Consortium> OnAsync(FabricNetwork network, TestService service)
    {
        var consortium = new Consortium(network, service);
        await service.Inviter.PostAsync($"blockchains/{service.Inviter.ServiceId}/channels", $$"""{ "channels": [{ "channel_name": "{{FabricNetwork.Channel}}" }] }""");
        await consortium.AttachAsync(service.Inviter, network.Org1, holdsKey: true);
        return consortium;
    }

    /// <param name="holdsKey">Whether Guildhall signs for the organization, also for what others change; else its administrator does.</param>
    public Task AttachAsync(Person person, TestOrganization organization, bool holdsKey, params NodeEndpoint[] peers) =>
        AttachThroughAsync(Network.Orderer, person, organization, holdsKey, peers);

    /// <param name="orderer">Through which the channel is read; null where the service names none.</param>
    public Task AttachThroughAsync(NodeEndpoint? orderer, Person person, TestOrganization organization, bool holdsKey, params NodeEndpoint[] peers) =>
        AttachThroughAllAsync(orderer is null ? [] : [orderer], person, organization, holdsKey, peers);

    /// <param name="orderers">Through which the channel is read.</param>
    public Task AttachThroughAllAsync(NodeEndpoint[] orderers, Person person, TestOrganization organization, bool holdsKey, params NodeEndpoint[] peers) =>
        AttachAsync(orderers, person, organization, holdsKey, until: null, proves: true, peers);

    /// <summary>With a kept key whose certificate ends then.</summary>
    public Task AttachUntilAsync(DateTimeOffset until, Person person, TestOrganization organization) =>
        AttachAsync([Network.Orderer], person, organization, holdsKey: true, until, proves: true, []);

    /// <summary>Attaches the organization as somebody does who has its public MSP folder and none of its administrators' keys.</summary>
    public Task AttachPublicAsync(Person person, TestOrganization organization) =>
        AttachAsync([Network.Orderer], person, organization, holdsKey: false, until: null, proves: false, []);

    private async Task AttachAsync(NodeEndpoint[] orderers, Person person, TestOrganization organization, bool holdsKey, DateTimeOffset? until, bool proves, NodeEndpoint[] peers)
    {
        Service.Clock.Advance(TimeSpan.FromMilliseconds(1)); // what was bound before is of an earlier attachment
        await Service.Store.WriteAsync<Done>(
            async transaction =>
            {
                using var key = await transaction.OpenDataKeyAsync(Service.Store.Keys, person.AccountId, Service.Clock.GetUtcNow(), default);
                var administrator = HeldIdentityOf(organization, "custodian", "admin", key, until);
                var client = HeldIdentityOf(organization, "guildhall", "client", key);
                var attachment = new Attachment(
                    person.ServiceId,
                    ProfileOf(organization, orderers, peers),
                    Service.Clock.GetUtcNow(),
                    [new AttachedOrganization("organization", organization.Msp, holdsKey ? administrator : null, client) { ProvenAt = proves ? Service.Clock.GetUtcNow() : null }]);
                await transaction.SaveAsync(attachment, default);
                return new Done();
            },
            default);
        if (holdsKey)
        {
            await OptInAsync(person);
        }
    }

    /// <summary>Says that the person's kept keys sign what others change on the channel, without asking.</summary>
    public static async Task OptInAsync(Person person, string changes = "\"join\", \"leave\"", string more = "") => Assert.Equal(
        (200, """{"result":"success"}"""),
        await person.PutAsync(
            $"blockchains/{person.ServiceId}/network/automatic-signatures",
            $$"""{ "channels": [{ "channel_name": "{{FabricNetwork.Channel}}", "changes": [{{changes}}]{{more}} }] }"""));

    /// <summary>Invites the person to the channel, and has it agree.</summary>
    public async Task AgreeAsync(Person invitee)
    {
        Assert.Equal(200, (await Service.Inviter.InviteAsync(invitee, FabricNetwork.Channel)).Status);
        Assert.Equal(200, (await invitee.AgreeAsync(FabricNetwork.Channel)).Status);
    }

    /// <summary>Lets the worker do what is due, as time goes by, until nothing but a person's answer is awaited.</summary>
    public async Task WorkAsync(int rounds = 6)
    {
        for (var i = 0; i < rounds; i++)
        {
            await Service.WorkAsync();
            Service.Clock.Advance(TimeSpan.FromSeconds(40));
        }

        await Service.WorkAsync();
    }

    /// <summary>Holds the inviter's channel against the register, as the watcher does in its turn.</summary>
    public Task LookAsync() => Service.Services.GetRequiredService<ChannelTruth>().LookAsync(Service.Inviter.ProjectId, Service.Inviter.ServiceId, FabricNetwork.Channel, default);

    public async Task<string[]> OrganizationsAsync()
    {
        using var orderers = Network.Connect();
        return [.. (await orderers.ReadConfigurationAsync(FabricNetwork.Channel, Network.Org1.Admin, default)).Organizations.Select(one => one.MspId)];
    }

    /// <summary>The state in which the inviter sees the person's membership, and what is said about the step that it is at.</summary>
    public async Task<(string State, string Step, string Says)> SeeAsync(Person person)
    {
        var members = JsonNode.Parse((await Service.Inviter.GetAsync("members?extended=true")).Body)!["members"]!.AsArray();
        var member = members.Single(one => (string?)one!["invitee_info"]!["invitee_username"] == person.AccountName)!;
        var operation = await Service.Store.ReadAsync(session => session.FindOperationAsync(person.ProjectId, (string)member["operation_id"]!, default), default);
        var step = operation!.CurrentStep;
        return ((string)member["status"]!, step?.Name ?? "", string.Join(" ", step?.Messages ?? []));
    }

    /// <summary>The person's membership as the store has it.</summary>
    public async Task<Membership> FindMembershipAsync(Person person) => (await Service.Store.ReadAsync(
        session => session.FindNewestAsync(Service.Inviter.ServiceId, FabricNetwork.Channel, person.AccountName, default), default))!;

    /// <summary>Waits until what another process does has come so far.</summary>
    public async Task UntilAsync(Person person, Func<(string State, Operation Operation), bool> isSo)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(2))
        {
            var membership = await FindMembershipAsync(person);
            var operation = await Service.Store.ReadAsync(
                session => session.FindOperationAsync(person.ProjectId, membership.LeaveOperationId ?? membership.JoinOperationId!, default), default);
            if (isSo((membership.State.ToWire(), operation!)))
            {
                return;
            }

            Assert.True(patience.Elapsed < Patience, $"{membership.State}: {operation!.CurrentStep}");
        }
    }

    public static bool HasBegun(Operation operation, string step) => operation.Steps.Single(one => one.Name == step).StartedAt is not null;

    /// <summary>What the person is asked to sign and has not answered.</summary>
    public static async Task<JsonNode[]> AskedAsync(Person person)
    {
        var list = JsonNode.Parse((await person.GetAsync("signature-requests")).Body)!["signature_requests"]!.AsArray();
        return [.. list.Where(request => (string)request!["status"]! == "waiting").Select(request => request!)];
    }

    /// <summary>Signs the one request that waits for the person, as its administrator does on a machine of its own.</summary>
    public static async Task<(int Status, string Body)> SignAsync(Person person, ISigner signer) =>
        await SignAsync(person, (string)(await AskedAsync(person)).Single()["id"]!, signer);

    /// <summary>The same, where other organizations are asked through the person too.</summary>
    public static async Task<(int Status, string Body)> SignAsOneOfSeveralAsync(Person person, ISigner signer) =>
        await SignAsync(person, (string)(await AskedAsync(person)).Single(one => (string)one["msp_id"]! == signer.Identity.MspId)["id"]!, signer);

    private static async Task<(int Status, string Body)> SignAsync(Person person, string id, ISigner signer)
    {
        var shown = JsonNode.Parse((await person.GetAsync("signature-requests/" + id)).Body)!;
        var update = PreparedUpdate.FromBytes(Convert.FromBase64String((string)shown["update"]!));
        return await HandInAsync(person, id, await UpdateSignature.CreateAsync(update, signer, default));
    }

    /// <summary>Tells the key that is kept for the person to sign the one request that waits.</summary>
    public static async Task<(int Status, string Body)> ApproveAsync(Person person)
    {
        var id = (string)(await AskedAsync(person)).Single()["id"]!;
        var digest = (string)JsonNode.Parse((await person.GetAsync("signature-requests/" + id)).Body)!["digest"]!;
        return await person.PostAsync($"signature-requests/{id}/signature", $$"""{ "kept_key": true, "digest": "{{digest}}" }""");
    }

    public static Task<(int Status, string Body)> HandInAsync(Person person, string id, UpdateSignature signature) =>
        person.PostAsync($"signature-requests/{id}/signature", $$"""{ "signature": "{{Convert.ToBase64String(signature.ToBytes())}}" }""");

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Network.DisposeAsync();
    }

    private HeldIdentity HeldIdentityOf(TestOrganization organization, string name, string unit, DataKey key, DateTimeOffset? until = null)
    {
        var (certificate, tls) = (organization.Authority.Issue($"{name}.{organization.MspId}", unit, until), organization.TlsAuthority.Issue(name, forTls: true));
        return Signers.Hold(
            organization.MspId,
            new GivenIdentity(certificate.Pem, certificate.KeyPem, KeyName: null) { Tls = Network.Plan.MutualTls ? new GivenTlsCertificate(tls.Pem, tls.KeyPem) : null },
            key);
    }

    private static string ProfileOf(TestOrganization organization, NodeEndpoint[] orderers, NodeEndpoint[] peers) => JsonSerializer.Serialize(new
    {
        name = "test",
        organizations = new Dictionary<string, object> { [organization.MspId] = new { mspid = organization.MspId, peers = peers.Select((_, i) => $"peer{i}") } },
        orderers = orderers.Select((orderer, i) => (Name: $"orderer{i}", Node: NodeOf(orderer))).ToDictionary(one => one.Name, one => one.Node),
        peers = peers.Select((peer, i) => (Name: $"peer{i}", Node: NodeOf(peer))).ToDictionary(one => one.Name, one => one.Node),
    });

    private static object NodeOf(NodeEndpoint endpoint) => new
    {
        url = $"grpcs://{endpoint.Address.Authority}",
        tlsCACerts = new { pem = string.Concat(endpoint.TlsAuthorities.Select(one => one.ExportCertificatePem() + "\n")) },
    };
}
