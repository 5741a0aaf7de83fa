using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Sealing;
using Guildhall.Storage;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Sealing;

/// <summary>An account whose secrets are in a store: access keys, and the keys of an attached organization.</summary>
internal sealed record SealedTenant(string Name, string AccountId, string UserId, string ServiceId)
{
    private static readonly TestOrganization Mill = new("MillMSP");

    public static TestCertificate Admin { get; } = Mill.Authority.Issue("admin", "admin");

    public static TestCertificate Tls { get; } = Mill.TlsAuthority.Issue("client", forTls: true);

    public static async Task<SealedTenant> CreateAsync(Store store, string name = "north-mill")
    {
        var accounts = new Accounts(store, new Passwords(iterations: 1), TimeProvider.System);
        await accounts.CreateAsync(name, default);
        await accounts.CreateProjectAsync(name, "cn-north-4", default);
        (await accounts.CreateUserAsync(name, "miller", Role.Admin, "a password to be kept", default)).IsRefused(out _, out var user);
        return new SealedTenant(name, user!.Entry.AccountId, user.Entry.Id, "service-of-" + name);
    }

    public async Task<(string Access, string Secret)> CreateKeyAsync(Store store)
    {
        var created = await new AccessKeys(store, TimeProvider.System).CreateAsync(Owner.Operator(AccountId), UserId, "", default);
        Assert.False(created.IsRefused(out _, out var key));
        return (key.Entry.AccessKey, key.SecretKey.Reveal());
    }

    public async Task DeleteKeyAsync(Store store, string accessKey) =>
        Assert.False((await new AccessKeys(store, TimeProvider.System).DeleteAsync(Owner.Operator(AccountId), accessKey, default)).IsRefused(out _));

    /// <summary>Attaches the account's service with an administrator's key and one for TLS, sealed with its data key.</summary>
    public async Task AttachAsync(Store store)
    {
        using var key = await OpenDataKeyAsync(store);
        var given = new GivenIdentity(Admin.Pem, Admin.KeyPem, null) { Tls = new GivenTlsCertificate(Tls.Pem, Tls.KeyPem) };
        await AttachAsync(store, Signers.Hold(Mill.MspId, given, key));
    }

    /// <summary>The same as a version did that had no data keys, with its columns.</summary>
    public async Task AttachAsEarlierVersionAsync(Store store, StoreKey key)
    {
        var administrator = new HeldIdentity(Mill.MspId, Admin.Pem, key.SealAsEarlierVersion(Admin.KeyPem, Signers.OwnerOf(Mill.MspId, Admin.Pem)), null)
        {
            Tls = new HeldTlsCertificate(Mill.MspId, Tls.Pem, key.SealAsEarlierVersion(Tls.KeyPem, Signers.OwnerOf(Mill.MspId, Tls.Pem))),
        };
        await AddServiceAsync(store);
        await SetAsync(store, "INSERT INTO attachments (service_id, profile, attached_at) VALUES (@service, @profile, 0)", ("service", ServiceId), ("profile", Networks.AttachmentBodies.Profile(Mill)));
        await SetAsync(
            store,
            "INSERT INTO attached_organizations (service_id, name, msp_id, msp, administrator) VALUES (@service, 'organization', @msp_id, @msp, @administrator)",
            ("service", ServiceId), ("msp_id", Mill.MspId), ("msp", Convert.ToBase64String(Mill.Msp.ToBytes())),
            ("administrator", JsonSerializer.Serialize(administrator, StoredJson.Readable.HeldIdentity)));
    }

    /// <summary>Has the attached organization sign, and show its client certificate.</summary>
    public async Task SignAsync(Store store)
    {
        var attachment = await store.ReadAsync(session => session.FindAttachmentAsync(ServiceId, default), default);
        using var signer = (IDisposable)new Signers(store.Keys).Of(attachment!.Organizations[0].Administrator!);
        Assert.NotEmpty(await ((Guildhall.Fabric.ISigner)signer).SignAsync("an update"u8.ToArray(), default));
        Assert.Empty(new Signers(store.Keys).Dial(attachment).Orderers);
    }

    /// <summary>The secret of the access key, as a server opens it.</summary>
    public static async Task<string?> OpenAsync(Store store, string accessKey)
    {
        var found = await store.ReadAsync(session => session.FindSignerAsync(accessKey, default), default);
        return found is null ? null : Encoding.UTF8.GetString((await found.OpenAsync(store.Keys, accessKey, default)).SecretKey);
    }

    /// <summary>Asks for the account's projects with a signed request.</summary>
    public static async Task<int> AskAsync(HttpClient http, Uri address, (string Access, string Secret) key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/v3/projects?name=cn-north-4"));
        TestSigner.Sign(request, key.Access, key.Secret, TimeProvider.System.GetUtcNow());
        using var answer = await http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    /// <summary>Everything that the tables hold, as text.</summary>
    public static async Task<string> ReadAllAsync(Store store)
    {
        var text = new StringBuilder();
        foreach (var table in (string[])["access_keys", "attachments", "attached_organizations", "data_keys", "store_keys", "settings", "users", "tokens", "requests"])
        {
            foreach (var row in await store.ReadAsync(session => session.QueryAsync($"SELECT * FROM {table}", RowOf), default))
            {
                text.AppendLine(row);
            }
        }

        return text.ToString();
    }

    public static Task SetAsync(Store store, string sql, params (string Name, object? Value)[] parameters) => store.WriteAsync<Done>(
        async transaction =>
        {
            await transaction.ExecuteAsync(sql, parameters);
            return new Done();
        },
        default);

    private static string RowOf(DbDataReader row) =>
        string.Join('|', Enumerable.Range(0, row.FieldCount).Select(column => Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture)));

    private async Task<DataKey> OpenDataKeyAsync(Store store)
    {
        DataKey? key = null;
        await store.WriteAsync<Done>(
            async transaction =>
            {
                key = await transaction.OpenDataKeyAsync(store.Keys, AccountId, DateTimeOffset.UnixEpoch, default);
                return new Done();
            },
            default);
        return key!;
    }

    private Task AddServiceAsync(Store store) => SetAsync(
        store,
        """
        INSERT INTO services (project_id, id, account_id, account_name, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version,
               is_invitee, database_type, cluster_type, trusted_computing, organizations, created_at)
        VALUES (@id, @id, @account, @name, 'mill', 'union', 'etcdraft', 'ECDSA', 3, '2.2', 0, 'goleveldb', 'CCE', 0, '[]', 0)
        """,
        ("id", ServiceId), ("account", AccountId), ("name", Name));

    private async Task AttachAsync(Store store, HeldIdentity administrator)
    {
        await AddServiceAsync(store);
        await store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.SaveAsync(
                    new Attachment(ServiceId, Networks.AttachmentBodies.Profile(Mill), DateTimeOffset.UnixEpoch, [new AttachedOrganization("organization", Mill.Msp, administrator, null)]), default);
                return new Done();
            },
            default);
    }
}
