namespace Guildhall.Tests.Fabric;

/// <summary>The least that Fabric's programs want to read before they start.</summary>
internal static class RealNetworkFiles
{
    public const string Orderer = """
        General:
          ListenAddress: 127.0.0.1
          LocalMSPDir: msp
          BootstrapMethod: none
          TLS:
            Enabled: true
            PrivateKey: tls/key.pem
            Certificate: tls/cert.pem
            RootCAs: [tls/authorities.pem]
            ClientRootCAs: [tls/authorities.pem]
          Cluster:
            SendBufferSize: 100
            ClientCertificate: tls/cert.pem
            ClientPrivateKey: tls/key.pem
            RootCAs: [tls/authorities.pem]
          Authentication:
            TimeWindow: 15m
          BCCSP:
            Default: SW
            SW:
              Hash: SHA2
              Security: 256
        FileLedger:
          Location: ledger
        ChannelParticipation:
          Enabled: true
          MaxRequestBodySize: 1 MB
        Admin:
          TLS:
            Enabled: false
        Operations:
          ListenAddress: 127.0.0.1:0
          TLS:
            Enabled: false
        Metrics:
          Provider: disabled
        Consensus:
          WALDir: wal
          SnapDir: snap
        """;

    public const string Peer = """
        peer:
          networkId: test
          mspConfigPath: msp
          localMspType: bccsp
          authentication:
            timewindow: 15m
          keepalive:
            minInterval: 60s
            client: { interval: 60s, timeout: 20s }
            deliveryClient: { interval: 60s, timeout: 20s }
          gossip:
            useLeaderElection: false
            orgLeader: true
            membershipTrackerInterval: 5s
            maxBlockCountToStore: 10
            maxPropagationBurstLatency: 10ms
            maxPropagationBurstSize: 10
            propagateIterations: 1
            propagatePeerNum: 3
            pullInterval: 4s
            pullPeerNum: 3
            requestStateInfoInterval: 4s
            publishStateInfoInterval: 4s
            publishCertPeriod: 10s
            dialTimeout: 3s
            connTimeout: 2s
            recvBuffSize: 20
            sendBuffSize: 200
            digestWaitTime: 1s
            requestWaitTime: 1500ms
            responseWaitTime: 2s
            aliveTimeInterval: 5s
            aliveExpirationTimeout: 25s
            reconnectInterval: 25s
            maxConnectionAttempts: 120
            msgExpirationFactor: 20
            election: { startupGracePeriod: 15s, membershipSampleInterval: 1s, leaderAliveThreshold: 10s, leaderElectionDuration: 5s }
            pvtData:
              pullRetryThreshold: 60s
              transientstoreMaxBlockRetention: 1000
              pushAckTimeout: 3s
              btlPullMargin: 10
              reconcileBatchSize: 10
              reconcileSleepInterval: 1m
              reconciliationEnabled: true
              implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 }
            state: { enabled: false, checkInterval: 10s, responseTimeout: 3s, batchSize: 10, blockBufferSize: 20, maxRetries: 3 }
          tls:
            enabled: true
            cert: { file: tls/cert.pem }
            key: { file: tls/key.pem }
            rootcert: { file: tls/authorities.pem }
            clientRootCAs: { files: [tls/authorities.pem] }
          BCCSP:
            Default: SW
            SW: { Hash: SHA2, Security: 256 }
          client: { connTimeout: 3s }
          deliveryclient:
            reconnectTotalTimeThreshold: 3600s
            connTimeout: 3s
            reConnectBackoffThreshold: 2s
          handlers:
            authFilters: [{ name: DefaultAuth }, { name: ExpirationCheck }]
            decorators: [{ name: DefaultDecorator }]
            endorsers: { escc: { name: DefaultEndorsement } }
            validators: { vscc: { name: DefaultValidation } }
          discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000, authCachePurgeRetentionRatio: 0.75 }
          limits:
            concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 500 }
        chaincode:
          # A peer wants some builder to be named, though none of these channels runs chaincode.
          externalBuilders: [{ name: none, path: /nowhere }]
          installTimeout: 300s
          startuptimeout: 300s
          executetimeout: 30s
          mode: net
          system: { _lifecycle: enable, cscc: enable, lscc: enable, qscc: enable }
        ledger:
          state: { stateDatabase: goleveldb, totalQueryLimit: 100000 }
          history: { enableHistoryDatabase: false }
          pvtdataStore: { collElgProcMaxDbBatchSize: 5000, collElgProcDbBatchesInterval: 1000, deprioritizedDataReconcilerInterval: 60m, purgeInterval: 100 }
          snapshots: { rootDir: snapshots }
        operations: { listenAddress: 127.0.0.1:0 }
        metrics: { provider: disabled }
        """;

    /// <summary>What configtxgen makes block 0 of, with MSP folders named for the MSP ids beside it.</summary>
    public static string Channel(NetworkPlan plan, string ordererMsp, int ordererPort) => $$"""
        Profiles:
          Channel:
            Policies: {{Shared("MAJORITY Admins")}}
            Capabilities: { V2_0: true }
            Orderer:
              OrdererType: etcdraft
              BatchTimeout: 200ms
              BatchSize: { MaxMessageCount: 10, AbsoluteMaxBytes: 10 MB, PreferredMaxBytes: 2 MB }
              EtcdRaft:
                Consenters: [{ Host: 127.0.0.1, Port: {{ordererPort}}, ClientTLSCert: orderer-tls.pem, ServerTLSCert: orderer-tls.pem }]
                Options: { TickInterval: 100ms, ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5, SnapshotIntervalSize: 16 MB }
              Policies:
                <<: {{Shared("MAJORITY Admins")}}
                BlockValidation: { Type: ImplicitMeta, Rule: ANY Writers }
              Capabilities: { V2_0: true }
              Organizations:
                - {{Organization(ordererMsp)}}
                  OrdererEndpoints: ["127.0.0.1:{{ordererPort}}"]
            Application:
              Policies:
                <<: {{Shared(plan.AdminsRule)}}
                Endorsement: { Type: ImplicitMeta, Rule: MAJORITY Endorsement }
                LifecycleEndorsement: { Type: ImplicitMeta, Rule: MAJORITY Endorsement }
              Capabilities: { V2_5: true }
              Organizations:
        {{string.Join('\n', plan.Members.Select(member => $"        - {Organization(member)}"))}}
        """;

    private static string Shared(string admins) =>
        $"{{ Readers: {{ Type: ImplicitMeta, Rule: ANY Readers }}, Writers: {{ Type: ImplicitMeta, Rule: ANY Writers }}, Admins: {{ Type: {(admins.EndsWith(" Admins", StringComparison.Ordinal) ? "ImplicitMeta" : "Signature")}, Rule: \"{admins}\" }} }}";

    private static string Organization(string mspId) => $"""
        Name: {mspId}
                  ID: {mspId}
                  MSPDir: {mspId}
                  Policies: {OrganizationPolicies(mspId)}
        """;

    private static string OrganizationPolicies(string mspId) =>
        // The orderer writes configurations itself, so that any member of its organization must be a writer.
        $"{{ {Signed("Readers", "member")}, {Signed("Writers", "member")}, {Signed("Admins", "admin")}, {Signed("Endorsement", "peer")} }}"
            .Replace("$", mspId, StringComparison.Ordinal);

    private static string Signed(string policy, params string[] roles) =>
        $"{policy}: {{ Type: Signature, Rule: \"OR({string.Join(", ", roles.Select(role => $"'$.{role}'"))})\" }}";
}
